import DataLoader from 'dataloader';
import { isId } from '../users/user-input.ts';
import type { ServiceAccountRecord } from './service-account-record.ts';
import type { ServiceAccountStore } from './service-account-store.ts';

export interface ServiceAccountLoaders {
  /** Null for an id no service account has. */
  readonly serviceAccount: DataLoader<string, ServiceAccountRecord | null>;
}

export const createServiceAccountLoaders = (store: ServiceAccountStore): ServiceAccountLoaders => ({
  serviceAccount: new DataLoader(
    async (ids) => {
      const found = new Map((await store.findMany(ids.filter(isId))).map((account) => [account.id, account]));
      return ids.map((id) => found.get(id) ?? null);
    },
    { maxBatchSize: 500 },
  ),
});
