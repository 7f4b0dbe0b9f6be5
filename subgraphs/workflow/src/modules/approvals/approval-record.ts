import type { ApprovalStatus, Verdict } from '../executions/engine/approvals/approval-changes.ts';
import type { DecidedVia } from '../executions/engine/decision-origin.ts';

export interface DecisionRecord {
  readonly userId: string;
  readonly verdict: Verdict;
  readonly comment: string | null;
  readonly via: DecidedVia;
  readonly decidedAt: Date;
}

/** What people are asked by a step of an execution, in one run of it. */
export interface ApprovalRecord {
  /** `<execution>:<step>:<generation>` */
  readonly id: string;
  readonly executionId: string;
  readonly workflowId: string;
  readonly startedById: string;
  readonly stepId: string;
  readonly generation: number;
  readonly message: string;
  readonly status: ApprovalStatus;
  readonly quorum: number;
  readonly approverIds: readonly string[];
  readonly approverRoleIds: readonly string[];
  readonly deadlineAt: Date;
  readonly escalatedAt: Date | null;
  readonly remindAt: Date | null;
  readonly createdAt: Date;
  readonly closedAt: Date | null;
  readonly decisions: readonly DecisionRecord[];
}
