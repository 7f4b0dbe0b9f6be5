import { until } from '@flowmesh/platform/testing';
import { createWorkflow, executeWorkflow, transformStep } from './fixtures.ts';
import type { GraphClient } from './graph.ts';

export interface ShownCompensation {
  readonly id: string;
  readonly position: number;
  readonly stepId: string;
  readonly stepType: string;
  readonly status: string;
  readonly attempts: number;
  readonly result: unknown;
  readonly error: { readonly code: string } | null;
  readonly source: { readonly id: string; readonly itemIndex: number | null } | null;
  readonly run: { readonly id: string; readonly parentStepId: string } | null;
  readonly decisions: readonly {
    readonly action: string;
    readonly reason: string | null;
    readonly decidedBy: { readonly id: string };
  }[];
}

export interface ShownSaga {
  readonly status: string;
  readonly compensationStatus: string;
  readonly compensations: { readonly totalCount: number; readonly nodes: readonly ShownCompensation[] };
}

/** An execution, and how far undoing its steps is. */
export async function showSaga(user: GraphClient, id: string): Promise<ShownSaga> {
  const { workflowExecution } = await user.query<{ workflowExecution: ShownSaga }>(
    `query Saga($id: ID!) {
      workflowExecution(id: $id) {
        status compensationStatus
        compensations(first: 100) {
          totalCount
          nodes {
            id position stepId stepType status attempts result error { code } source { id itemIndex }
            run { id parentStepId } decisions { action reason decidedBy { id } }
          }
        }
      }
    }`,
    { id },
  );
  return workflowExecution;
}

/** Waits until undoing the steps of an execution is that far. */
export const compensationsAre = (user: GraphClient, id: string, status: string, timeoutMs = 30_000) =>
  until(
    `the compensations of ${id} are ${status}`,
    async () => {
      const saga = await showSaga(user, id);
      return saga.compensationStatus === status ? saga : null;
    },
    { timeoutMs, everyMs: 50 },
  );

/** Retries, skips or completes a compensation. */
export const decideCompensation = (user: GraphClient, action: 'retry' | 'skip' | 'complete', input: object) => {
  const name = `${action}Compensation`;
  const type = `${action[0]?.toUpperCase()}${action.slice(1)}CompensationInput`;
  return user.mutate<{
    readonly __typename: string;
    readonly code?: string;
    readonly message?: string;
    readonly compensation?: { readonly id: string; readonly status: string };
    readonly fields?: readonly { readonly path: string }[];
  }>(
    `mutation ($input: ${type}!) {
      ${name}(input: $input) {
        __typename
        ... on ${type.replace('Input', 'Success')} { compensation { id status } }
        ... on WorkflowCompensationStateError { compensation { id status } }
        ... on MutationError { code message }
        ... on InvalidInputError { fields { path } }
      }
    }`,
    { input },
  );
};

/** A compensation that has failed, of an execution of this user. */
export async function stuckCompensation(user: GraphClient): Promise<{ executionId: string; compensationId: string }> {
  const compensation = { stepType: 'TRANSFORM', config: { expression: '$error("stuck")' } };
  const workflowId = await createWorkflow(user, {
    steps: [transformStep('one', '1', { compensation }), transformStep('two', '$error("broken")')],
  });
  const executionId = await executeWorkflow(user, workflowId);
  const { compensations } = await compensationsAre(user, executionId, 'STUCK');
  return { executionId, compensationId: compensations.nodes[0]!.id };
}
