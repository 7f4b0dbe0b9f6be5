import type { DecisionOrigin } from '../decision-origin.ts';

/** People, by id or by a role that they hold when they decide. */
export interface Approvers {
  readonly userIds: readonly string[];
  readonly roleIds: readonly string[];
}

export type NoticeChannel = 'EMAIL' | 'IN_APP' | 'SLACK' | 'WEBHOOK';

/** How people are told that they are asked. */
export interface Notify {
  readonly channels: readonly NoticeChannel[];
  /** SLACK: the channel's name, as the operator has set it up. */
  readonly slack: string | null;
  /** WEBHOOK: an endpoint that each of them has made. */
  readonly webhook: string | null;
  /** Instead of the usual ones. */
  readonly subject: string | null;
  readonly message: string | null;
  /** Whether they get a link by which they can decide. */
  readonly links: boolean;
  /** So long before the deadline those are reminded who have not decided; null for never. */
  readonly remindSeconds: number | null;
}

/** What people are asked. */
export interface NewApproval {
  readonly message: string;
  readonly approvers: Approvers;
  /** So many have to approve; one is enough to reject. */
  readonly quorum: number;
  readonly deadlineSeconds: number;
  /** What becomes of it at the deadline; the last one is final. */
  readonly onDeadline: 'REJECT' | 'APPROVE' | 'FAIL' | 'ESCALATE';
  /** ESCALATE: they may decide too from the deadline on, within so long. */
  readonly escalation: (Approvers & { readonly seconds: number }) | null;
  /** FAIL: the step fails when it is rejected; CONTINUE: its result says so. */
  readonly onReject: 'FAIL' | 'CONTINUE';
  /** Left out: nobody is told. */
  readonly notify?: Notify | null | undefined;
}

export type Verdict = 'APPROVE' | 'REJECT';

export interface NewDecision {
  readonly id: string;
  readonly userId: string;
  readonly roleIds: readonly string[];
  readonly verdict: Verdict;
  readonly comment: string | null;
  readonly origin: DecisionOrigin;
}

export type ApprovalStatus = 'PENDING' | 'APPROVED' | 'REJECTED' | 'EXPIRED' | 'CANCELLED';

/** One person's decision, as the result of the step shows it. */
export interface ShownDecision {
  readonly by: string;
  readonly verdict: Verdict;
  readonly comment: string | null;
  readonly at: string;
}

/** An approval that is not decided, as it was read while its execution is locked. */
export interface OpenApproval extends NewApproval {
  readonly stepId: string;
  readonly generation: number;
  escalated: boolean;
  /** When those are to be reminded who have not decided. */
  remindAt: Date | null;
  readonly decisions: ShownDecision[];
}

/** Why people are told of an approval. */
export type Occasion = 'ASKED' | 'REMINDED' | 'ESCALATED';

/** What the commands of one transaction change of the approvals of an execution. */
export class ApprovalChanges {
  readonly open = new Map<string, OpenApproval>();
  readonly begun: {
    readonly stepId: string;
    readonly generation: number;
    readonly deadlineAt: Date;
    readonly remindAt: Date | null;
    readonly approval: NewApproval;
  }[] = [];
  readonly decided: { readonly stepId: string; readonly generation: number; readonly decision: NewDecision }[] = [];
  readonly escalated: { readonly stepId: string; readonly deadlineAt: Date }[] = [];
  readonly reminded: { readonly stepId: string }[] = [];
  /** Occasions on which people are to be told. */
  readonly askings: { readonly stepId: string; readonly generation: number; readonly occasion: Occasion }[] = [];
  /** What became of approvals whose steps ended; of others it is CANCELLED. */
  readonly closed = new Map<string, ApprovalStatus>();
}

/** Whether this person is asked; after an escalation also those it went to. */
export function isApprover(
  { approvers, escalation, escalated }: Pick<OpenApproval, 'approvers' | 'escalation' | 'escalated'>,
  { userId, roleIds }: { readonly userId: string; readonly roleIds: readonly string[] },
): boolean {
  return [approvers, ...(escalated && escalation ? [escalation] : [])].some(
    (asked) => asked.userIds.includes(userId) || asked.roleIds.some((id) => roleIds.includes(id)),
  );
}
