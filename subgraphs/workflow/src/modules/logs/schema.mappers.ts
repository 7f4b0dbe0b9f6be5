import type { Connection } from '@flowmesh/platform/connections';
import type { LogRecord } from './log-record.ts';
import type { LogUpdate } from './log-updates.ts';

export type WorkflowExecutionLogMapper = LogRecord;
export type WorkflowExecutionLogConnectionMapper = Connection<LogRecord>;
export type WorkflowExecutionLogUpdateMapper = LogUpdate;
