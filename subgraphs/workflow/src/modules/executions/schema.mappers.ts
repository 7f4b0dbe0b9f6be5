import type { Connection } from '@flowmesh/platform/connections';
import type { ExecutionRecord, StepExecutionRecord } from './execution-record.ts';
import type { ExecutionFeedEvent } from './live/execution-feed.ts';
import type { ExecutionUpdate } from './live/execution-updates.ts';

export type WorkflowExecutionMapper = ExecutionRecord;
export type WorkflowExecutionConnectionMapper = Connection<ExecutionRecord>;
export type WorkflowStepExecutionMapper = StepExecutionRecord;
export type WorkflowExecutionUpdateMapper = ExecutionUpdate;
export type WorkflowExecutionEventMapper = ExecutionFeedEvent;
