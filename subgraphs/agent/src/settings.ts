import { networkSettings, retentionSettings, suspensionSettings, type SettingsGroup } from '@flowmesh/platform/config';

/** What agent reads besides what every process does. */
export const settings: readonly SettingsGroup[] = [networkSettings, suspensionSettings, retentionSettings];
