import type { Connection } from '@flowmesh/platform/connections';
import type { RoleRecord } from './role-record.ts';

export type RoleMapper = RoleRecord;
export type RoleConnectionMapper = Connection<RoleMapper>;
