import type { Connection } from '@flowmesh/platform/connections';
import type { ContextRecord } from './context-record.ts';
import type { ContextUpdate } from './context-updates.ts';

export type ContextMapper = ContextRecord;
export type ContextConnectionMapper = Connection<ContextRecord>;
export type ContextChangeEventMapper = ContextUpdate;
