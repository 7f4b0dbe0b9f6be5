import type { Viewer } from '@flowmesh/platform/access';
import DataLoader from 'dataloader';
import type { ApiKeyRecord } from './modules/api-keys/api-key-record.ts';
import type { AuditRecord } from './modules/audit/audit-record.ts';
import type { RoleRecord } from './modules/roles/role-record.ts';
import type { ServiceAccountRecord } from './modules/service-accounts/service-account-record.ts';
import type { UserRecord } from './modules/users/user-record.ts';
import type { Services } from './services.ts';

/** Batched reads of one operation; null for objects that do not exist or that the viewer may not see. */
export interface Loaders {
  readonly user: DataLoader<string, UserRecord | null>;
  readonly role: DataLoader<string, RoleRecord | null>;
  /** The number of users with a role. */
  readonly holderCount: DataLoader<string, number>;
  /** Roles a user holds, by name. */
  readonly rolesOfUser: DataLoader<string, RoleRecord[]>;
  readonly auditLog: DataLoader<string, AuditRecord | null>;
  readonly apiKey: DataLoader<string, ApiKeyRecord | null>;
  readonly serviceAccount: DataLoader<string, ServiceAccountRecord | null>;
}

const options = { maxBatchSize: 500 };

export const createLoaders = (
  viewer: Viewer,
  { users, roles, audit, apiKeys, serviceAccounts }: Services,
): Loaders => ({
  user: new DataLoader((ids) => users.byIds(ids), options),
  role: new DataLoader((ids) => roles.byIds(ids), options),
  holderCount: new DataLoader((ids) => roles.holderCounts(ids), options),
  rolesOfUser: new DataLoader((ids) => roles.ofUsers(ids), options),
  auditLog: new DataLoader((ids) => audit.visible(viewer, ids), options),
  apiKey: new DataLoader((ids) => apiKeys.visible(viewer, ids), options),
  serviceAccount: new DataLoader((ids) => serviceAccounts.byIds(ids), options),
});
