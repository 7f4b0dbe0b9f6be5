import type { Connection } from '@flowmesh/platform/connections';
import type { UserRecord } from './user-record.ts';

/** `revealed`: the viewer has just authenticated as this user, although the operation began anonymously. */
export type UserMapper = UserRecord & { readonly revealed?: boolean };
export type UserConnectionMapper = Connection<UserMapper>;
