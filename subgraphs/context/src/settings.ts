import { networkSettings, type SettingsGroup } from '@flowmesh/platform/config';
import { embeddingSettings } from './modules/embeddings/embedding-config.ts';

/** What context reads besides what every process does. */
export const settings: readonly SettingsGroup[] = [embeddingSettings, networkSettings];
