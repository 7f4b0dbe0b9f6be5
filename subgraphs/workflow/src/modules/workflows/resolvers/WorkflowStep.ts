import type { RetryPolicy } from '../../executions/engine/definition.ts';
import type { WorkflowStepResolvers } from '../../../__generated__/graphql.ts';

const shown = (policy: RetryPolicy) => ({ ...policy, nonRetryableErrors: [...policy.nonRetryableErrors] });

export const WorkflowStep: WorkflowStepResolvers = {
  dependencies: ({ dependencies }) => [...dependencies],
  onFailure: ({ onFailure }) => [...onFailure],
  retryPolicy: ({ retryPolicy }) => shown(retryPolicy),
  compensation: ({ compensation }) => compensation && { ...compensation, retryPolicy: shown(compensation.retryPolicy) },
  agent: ({ agentId }) => (agentId === null ? null : { __typename: 'Agent', id: agentId }),
};
