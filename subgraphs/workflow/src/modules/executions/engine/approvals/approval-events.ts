import type { NewEvent } from '@flowmesh/platform/events';
import type { Turn } from '../turn.ts';
import type { DecisionOrigin } from '../decision-origin.ts';
import type { Verdict } from './approval-changes.ts';

/** Of each decision; the auth domain keeps it in the audit log. */
export const APPROVAL_DECIDED = 'workflow.approval.decided';

export interface DecidedPayload extends Omit<DecisionOrigin, 'requestId'> {
  /** Of the decision. */
  readonly decisionId: string;
  readonly workflowId: string;
  readonly executionId: string;
  readonly stepId: string;
  readonly generation: number;
  readonly userId: string;
  readonly verdict: Verdict;
  readonly comment: string | null;
  readonly decidedAt: string;
}

export function decisionEvents({ state, now, approvals }: Turn): NewEvent<DecidedPayload>[] {
  const { workflowId, id: executionId, ownerId } = state;
  return approvals.decided.map(({ stepId, generation, decision }) => {
    const { id: decisionId, userId, verdict, comment } = decision;
    const { requestId, ...origin } = decision.origin;
    const decidedAt = now.toISOString();
    return {
      ...{ type: APPROVAL_DECIDED, version: 1, stream: `workflow:${workflowId}`, ownerId, requestId },
      payload: {
        ...{ decisionId, workflowId, executionId, stepId, generation },
        ...{ userId, verdict, comment, decidedAt, ...origin },
      },
    };
  });
}
