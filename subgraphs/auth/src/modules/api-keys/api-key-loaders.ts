import type { Viewer } from '@flowmesh/platform/access';
import DataLoader from 'dataloader';
import type { ApiKeyRecord } from './api-key-record.ts';
import type { ApiKeyService } from './api-key-service.ts';

export interface ApiKeyLoaders {
  /** Null for an id no key has, and for keys the viewer may not see. */
  readonly apiKey: DataLoader<string, ApiKeyRecord | null>;
}

export const createApiKeyLoaders = (apiKeys: ApiKeyService, viewer: Viewer): ApiKeyLoaders => ({
  apiKey: new DataLoader((ids) => apiKeys.visible(viewer, ids), { maxBatchSize: 500 }),
});
