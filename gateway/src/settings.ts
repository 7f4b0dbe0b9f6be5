import { processSettings, serviceSettings, type SettingsGroup } from '@flowmesh/platform/config';
import { edgeSettings, limitSettings } from './gateway-config.ts';

/** The settings that the gateway reads. */
export const settings: readonly SettingsGroup[] = [processSettings, serviceSettings, edgeSettings, limitSettings];
