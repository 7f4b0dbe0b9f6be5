import { networkSettings, type SettingsGroup } from '@flowmesh/platform/config';
import { authSettings } from './auth-config.ts';

/** What auth reads besides what every process does. */
export const settings: readonly SettingsGroup[] = [authSettings, networkSettings];
