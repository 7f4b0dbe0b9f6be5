import { processSettings, serviceSettings, type SettingsGroup } from '@flowmesh/platform/config';
import { edgeSettings, limitSettings } from './gateway-config.ts';

/** What the gateway reads. */
export const settings: readonly SettingsGroup[] = [processSettings, serviceSettings, edgeSettings, limitSettings];
