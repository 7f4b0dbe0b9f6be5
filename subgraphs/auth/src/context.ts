import type { Client, Viewer } from '@flowmesh/platform/access';
import type { RoleLoaders } from './modules/roles/role-loaders.ts';
import type { RoleService } from './modules/roles/role-service.ts';
import type { SessionService } from './modules/sessions/session-service.ts';
import type { UserLoaders } from './modules/users/user-loaders.ts';
import type { UserService } from './modules/users/user-service.ts';

/** What resolvers work with; made anew for every operation. */
export interface AuthContext {
  readonly viewer: Viewer;
  /** Where the client is. */
  readonly client: Client;
  /** When the operation arrived, by `performance.now()`. */
  readonly arrivedAt: number;
  readonly users: UserService;
  readonly roles: RoleService;
  readonly sessions: SessionService;
  readonly loaders: UserLoaders & RoleLoaders;
}
