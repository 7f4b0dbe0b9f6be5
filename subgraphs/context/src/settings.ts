import type { SettingsGroup } from '@flowmesh/platform/config';

/** What context reads besides what every process does: nothing. */
export const settings: readonly SettingsGroup[] = [];
