import type { Connection } from '@flowmesh/platform/connections';
import type { VersionRecord } from './version-record.ts';

export type ContextVersionMapper = VersionRecord;
export type ContextVersionConnectionMapper = Connection<VersionRecord>;
