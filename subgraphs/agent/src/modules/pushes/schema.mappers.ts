import type { PushRecord } from './push-record.ts';

export type AgentExecutionPushMapper = PushRecord;
