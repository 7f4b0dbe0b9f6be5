import DataLoader from 'dataloader';
import { isId } from './user-input.ts';
import type { UserRecord } from './user-record.ts';
import type { UserStore } from './user-store.ts';

export interface UserLoaders {
  /** Null for an id nobody has. */
  readonly user: DataLoader<string, UserRecord | null>;
}

export function createUserLoaders(store: UserStore): UserLoaders {
  return {
    user: new DataLoader(
      async (ids) => {
        const found = new Map((await store.findMany(ids.filter(isId))).map((user) => [user.id, user]));
        return ids.map((id) => found.get(id) ?? null);
      },
      { maxBatchSize: 500 },
    ),
  };
}
