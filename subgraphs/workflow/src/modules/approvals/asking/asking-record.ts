import type {
  ApprovalStatus,
  NewApproval,
  NoticeChannel,
  Occasion,
} from '../../executions/engine/approvals/approval-changes.ts';

/**
 * WAITING: the notification domain has not taken it yet. ACCEPTED: it will send it. UNWANTED: the person wants no such
 * messages. REFUSED: it cannot be sent. The others are those of the notification.
 */
export type NoticeStatus =
  'WAITING' | 'ACCEPTED' | 'SENT' | 'DELIVERED' | 'FAILED' | 'CANCELLED' | 'EXPIRED' | 'UNWANTED' | 'REFUSED';

/** What one person is sent, or a Slack channel. */
export interface NoticeRecord {
  /** Also the idempotency key of the notification. */
  readonly id: string;
  readonly approvalId: string;
  readonly occasion: Occasion;
  readonly channel: NoticeChannel;
  /** Null for a Slack channel. */
  readonly approverId: string | null;
  readonly status: NoticeStatus;
  /** Why it was not sent, in words for people. */
  readonly problem: string | null;
  readonly notificationId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An occasion on which people are to be told, as a worker has claimed it. */
export interface ClaimedAsking {
  readonly executionId: string;
  readonly stepId: string;
  readonly generation: number;
  readonly occasion: Occasion;
  /** Only the worker of this try may note what came of it. */
  readonly tries: number;
  readonly ageMs: number;
  readonly asked: NewApproval;
  readonly status: ApprovalStatus;
  readonly isLate: boolean;
  readonly isEscalated: boolean;
  readonly deadlineAt: Date;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly startedById: string;
  readonly decidedIds: readonly string[];
}

export interface NewNotice {
  readonly id: string;
  readonly channel: NoticeChannel;
  readonly approverId: string | null;
  /** Set when it is known that it cannot be sent. */
  readonly problem: string | null;
}

export const approvalIdOf = (of: {
  readonly executionId: string;
  readonly stepId: string;
  readonly generation: number;
}) => `${of.executionId}:${of.stepId}:${of.generation}`;
