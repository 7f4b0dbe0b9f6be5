import { networkSettings, suspensionSettings, type SettingsGroup } from '@flowmesh/platform/config';
import { channelSettings } from './modules/channels/environment-config.ts';
import { deliverySettings } from './notification-config.ts';

/** What notification reads besides what every process does. */
export const settings: readonly SettingsGroup[] = [
  deliverySettings,
  channelSettings,
  networkSettings,
  suspensionSettings,
];
