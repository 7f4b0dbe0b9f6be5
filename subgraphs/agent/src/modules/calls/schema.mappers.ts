import type { Connection } from '@flowmesh/platform/connections';
import type { CallRecord } from './call-record.ts';

export type AgentCallMapper = CallRecord;
export type AgentCallConnectionMapper = Connection<CallRecord>;
