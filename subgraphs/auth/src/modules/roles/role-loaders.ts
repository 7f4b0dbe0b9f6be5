import DataLoader from 'dataloader';
import { isId } from '../users/user-input.ts';
import type { RoleRecord } from './role-record.ts';
import type { RoleStore } from './role-store.ts';

export interface RoleLoaders {
  /** Null for an id no role has. */
  readonly role: DataLoader<string, RoleRecord | null>;
  /** How many hold a role. */
  readonly holderCount: DataLoader<string, number>;
  /** Roles a user holds, by name. */
  readonly rolesOfUser: DataLoader<string, RoleRecord[]>;
}

const MAX_BATCH = 500;

export function createRoleLoaders(store: RoleStore): RoleLoaders {
  return {
    role: new DataLoader(
      async (ids) => {
        const found = new Map((await store.findMany(ids.filter(isId))).map((role) => [role.id, role]));
        return ids.map((id) => found.get(id) ?? null);
      },
      { maxBatchSize: MAX_BATCH },
    ),
    holderCount: new DataLoader(
      async (ids) => {
        const counts = await store.holderCounts(ids);
        return ids.map((id) => counts.get(id) ?? 0);
      },
      { maxBatchSize: MAX_BATCH },
    ),
    rolesOfUser: new DataLoader(
      async (ids) => {
        const byUser = await store.rolesOfUsers(ids);
        return ids.map((id) => byUser.get(id) ?? []);
      },
      { maxBatchSize: MAX_BATCH },
    ),
  };
}
