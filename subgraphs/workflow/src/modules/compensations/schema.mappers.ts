import type { Connection } from '@flowmesh/platform/connections';
import type { CompensationRecord, DecisionRecord } from './compensation-record.ts';

export type WorkflowCompensationMapper = CompensationRecord;
export type WorkflowCompensationConnectionMapper = Connection<CompensationRecord>;
export type WorkflowCompensationDecisionMapper = DecisionRecord;
