import type { NewEvent } from '@flowmesh/platform/events';
import type { DecisionOrigin } from '../decision-origin.ts';
import type { Turn } from '../turn.ts';
import type { CompensationAction } from './compensation-status.ts';

/** Of each decision; the auth domain keeps it in the audit log. */
export const COMPENSATION_DECIDED = 'workflow.compensation.decided';

export interface CompensationDecidedPayload extends Omit<DecisionOrigin, 'requestId'> {
  /** Of the decision. */
  readonly decisionId: string;
  readonly workflowId: string;
  readonly executionId: string;
  readonly stepId: string;
  readonly compensationId: string;
  readonly userId: string;
  readonly action: CompensationAction;
  readonly reason: string | null;
  readonly decidedAt: string;
}

export function compensationDecisionEvents({
  state,
  now,
  compensations,
}: Turn): NewEvent<CompensationDecidedPayload>[] {
  const { workflowId, id: executionId, ownerId } = state;
  return compensations.decided.map(({ stepId, decision }) => {
    const { id: decisionId, compensationId, userId, action, reason } = decision;
    const { requestId, ...origin } = decision.origin;
    const decidedAt = now.toISOString();
    return {
      ...{ type: COMPENSATION_DECIDED, version: 1, stream: `workflow:${workflowId}`, ownerId, requestId },
      payload: {
        ...{ decisionId, workflowId, executionId, stepId, compensationId },
        ...{ userId, action, reason, decidedAt, ...origin },
      },
    };
  });
}
