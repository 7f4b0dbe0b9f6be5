import { scopeCovers, type Client } from '@flowmesh/platform/access';
import type { CurrentUser, CurrentUsers } from '../../rights/current-users.ts';
import type { ApprovalRecord } from '../approval-record.ts';
import type { ApprovalService } from '../approval-service.ts';
import type { Verdict } from '../../executions/engine/approvals/approval-changes.ts';
import type { LinkRecord, LinkStore } from './link-store.ts';
import { isLinkToken, linkHash } from './link-token.ts';

/** As in the graph. */
const SCOPE = 'workflow:approve';

/** What the page shows of what is asked. */
export interface Question {
  readonly message: string;
  readonly workflow: string;
  readonly step: string;
  readonly execution: string;
  readonly startedBy: string;
  readonly deadline: string;
  /** Who answers. */
  readonly person: string;
}

export type LinkAnswer =
  /** It can be answered. */
  | { readonly kind: 'OPEN'; readonly question: Question }
  /** It cannot, or not any more; in words for people. `verdict`: what this person has decided. */
  | { readonly kind: 'CLOSED'; readonly why: string; readonly verdict: Verdict | null }
  | { readonly kind: 'UNKNOWN' };

export interface LinkCaller {
  readonly client: Client;
  readonly requestId: string;
}

const NOT_ASKED = 'You are not asked for this any more.';

/** What the holder of a link sees and decides: with the rights that the person it was sent to has now. */
export class LinkService {
  constructor(
    private readonly store: LinkStore,
    private readonly approvals: Pick<ApprovalService, 'find' | 'decideAs'>,
    private readonly users: Pick<CurrentUsers, 'user'>,
  ) {}

  /** Changes nothing. Throws `ServiceAwayError`. */
  async look(token: string): Promise<LinkAnswer> {
    return (await this.open(token)).answer;
  }

  /** Once: the decision counts as if its person had made it signed in. Throws `ServiceAwayError`. */
  async decide(caller: LinkCaller, token: string, verdict: Verdict, comment: string | null): Promise<LinkAnswer> {
    const { answer, link, user } = await this.open(token);
    if (answer.kind !== 'OPEN' || !link || !user) return answer;
    const { address, userAgent } = caller.client;
    const origin = {
      ...({ via: 'LINK', actorType: 'USER', service: null, sessionId: null, apiKeyId: null } as const),
      ...{ address, userAgent, requestId: caller.requestId },
    };
    const { executionId, stepId, approverId: userId, generation: expectedGeneration } = link;
    const outcome = await this.approvals.decideAs({ userId, roleIds: user.roleIds, origin }, verdict, {
      ...{ executionId, stepId, comment, expectedGeneration },
    });
    // Others may have decided meanwhile: what holds now is read again.
    return outcome.__typename === 'DecideWorkflowApprovalSuccess' ? decided(verdict) : this.look(token);
  }

  private async open(token: string): Promise<{ answer: LinkAnswer; link?: LinkRecord; user?: CurrentUser }> {
    const link = isLinkToken(token) ? await this.store.find(linkHash(token)) : null;
    if (!link) return { answer: { kind: 'UNKNOWN' } };
    const { approverId, executionId, stepId } = link;
    const [user, starter] = await Promise.all([this.users.user(approverId), this.users.user(link.startedById)]);
    const mayDecide = user?.status === 'ACTIVE' && user.scopes.some((held) => scopeCovers(held, SCOPE));
    const person = { userId: approverId, roleIds: user?.roleIds ?? [] };
    const approval = mayDecide ? await this.approvals.find(person, executionId, stepId) : null;
    if (!user || !approval) return { answer: closed(NOT_ASKED) };
    const why = whyClosed(approval, link);
    if (why) return { answer: why };
    const question: Question = {
      message: approval.message,
      workflow: link.workflowName,
      step: stepId,
      execution: executionId,
      startedBy: starter?.username ?? link.startedById,
      deadline: approval.deadlineAt.toISOString(),
      person: user.username,
    };
    return { answer: { kind: 'OPEN', question }, link, user };
  }
}

const closed = (why: string, verdict: Verdict | null = null): LinkAnswer => ({ kind: 'CLOSED', why, verdict });

const decided = (verdict: Verdict): LinkAnswer =>
  closed(verdict === 'APPROVE' ? 'You have approved it.' : 'You have rejected it.', verdict);

const ENDS: Readonly<Record<Exclude<ApprovalRecord['status'], 'PENDING'>, string>> = {
  APPROVED: 'It is approved already.',
  REJECTED: 'It is rejected already.',
  EXPIRED: 'The time to decide is over.',
  CANCELLED: 'The execution has ended: nothing is to be decided any more.',
};

/** Undefined when it can be answered. */
function whyClosed(approval: ApprovalRecord, link: LinkRecord): LinkAnswer | undefined {
  if (approval.generation !== link.generation) {
    return closed('The step has run again since, and asks anew: use the newer message.');
  }
  const own = approval.decisions.find(({ userId }) => userId === link.approverId);
  if (own) return decided(own.verdict);
  if (approval.status !== 'PENDING') return closed(ENDS[approval.status]);
  return approval.deadlineAt.getTime() <= Date.now() ? closed(ENDS.EXPIRED) : undefined;
}
