import type { Connection } from '@flowmesh/platform/connections';
import type { ApprovalRecord, DecisionRecord } from './approval-record.ts';
import type { NoticeRecord } from './asking/asking-record.ts';

export type WorkflowApprovalMapper = ApprovalRecord;
export type WorkflowApprovalConnectionMapper = Connection<ApprovalRecord>;
export type WorkflowApprovalDecisionMapper = DecisionRecord;
export type WorkflowApprovalNotificationMapper = NoticeRecord;
export type WorkflowApprovalNotificationConnectionMapper = Connection<NoticeRecord>;
