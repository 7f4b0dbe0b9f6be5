import type { Connection } from '@flowmesh/platform/connections';
import type { ApprovalRecord, DecisionRecord } from './approval-record.ts';

export type WorkflowApprovalMapper = ApprovalRecord;
export type WorkflowApprovalConnectionMapper = Connection<ApprovalRecord>;
export type WorkflowApprovalDecisionMapper = DecisionRecord;
