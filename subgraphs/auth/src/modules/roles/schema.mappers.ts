import type { Connection } from '@flowmesh/platform/connections';
import type { GivenAddress } from './given-addresses.ts';
import type { RoleRecord } from './role-record.ts';

export type GivenAddressMapper = GivenAddress;
export type RoleMapper = RoleRecord;
export type RoleConnectionMapper = Connection<RoleMapper>;
