import { networkSettings, retentionSettings, type SettingsGroup } from '@flowmesh/platform/config';

/** What integration reads besides what every process does. */
export const settings: readonly SettingsGroup[] = [networkSettings, retentionSettings];
