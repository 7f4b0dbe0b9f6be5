import type { Connection } from '@flowmesh/platform/connections';
import type { AgentFeedEvent } from './agent-feed.ts';
import type { ExecutionRecord } from './execution-record.ts';

export type AgentExecutionMapper = ExecutionRecord;
export type AgentExecutionConnectionMapper = Connection<ExecutionRecord>;
export type AgentEventMapper = AgentFeedEvent;
