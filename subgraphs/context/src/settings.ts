import { networkSettings, type SettingsGroup } from '@flowmesh/platform/config';
import { embeddingSettings } from './modules/embeddings/embedding-config.ts';
import { thinningSettings } from './modules/upkeep/thinning-config.ts';

/** What context reads besides what every process does. */
export const settings: readonly SettingsGroup[] = [embeddingSettings, thinningSettings, networkSettings];
