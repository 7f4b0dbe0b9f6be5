import { networkSettings, type SettingsGroup } from '@flowmesh/platform/config';
import { authSettings } from './auth-config.ts';

/** Settings of auth besides those of every process. */
export const settings: readonly SettingsGroup[] = [authSettings, networkSettings];
