import {
  dataSettings,
  domainDatabaseSettings,
  processSettings,
  serviceSettings,
  settingsOfSubgraph,
  storeSettings,
  type SettingsGroup,
} from '@flowmesh/platform/config';
import { DOMAIN_NAMES } from '@flowmesh/platform/domains';
import { settings as gatewaySettings } from '@flowmesh/gateway/settings';
import { domainSettings } from '../__generated__/settings.ts';

/** What each process reads where the product runs as many, by its name. */
export const PROCESSES: Readonly<Record<string, readonly SettingsGroup[]>> = {
  ...Object.fromEntries(DOMAIN_NAMES.map((name) => [name, settingsOfSubgraph(name, domainSettings[name])])),
  gateway: gatewaySettings,
};

/** All groups there are, in the order in which people read of them. */
export const ALL_SETTINGS: readonly SettingsGroup[] = [
  ...new Set([
    processSettings,
    dataSettings,
    storeSettings,
    ...Object.values(domainDatabaseSettings),
    ...Object.values(domainSettings).flat(),
    ...gatewaySettings,
    serviceSettings,
  ]),
].sort((one, other) => Number(one === serviceSettings) - Number(other === serviceSettings));

/** What the product in one process reads. */
export const PRODUCT_SETTINGS: readonly SettingsGroup[] = ALL_SETTINGS.filter((group) => group !== serviceSettings);
