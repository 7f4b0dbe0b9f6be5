import type { WorkflowStepExecutionResolvers } from '../../../__generated__/graphql.ts';
import { isAside } from '../result-size.ts';

export const WorkflowStepExecution: WorkflowStepExecutionResolvers = {
  dependencies: ({ dependencies }) => [...dependencies],
  result: ({ executionId, id: stepId, result, resultBytes }, _args, { loaders }) =>
    isAside(resultBytes) ? loaders.largeResults.load({ executionId, stepId, bytes: resultBytes }) : result,
  agent: ({ agentId }) => (agentId === null ? null : { __typename: 'Agent', id: agentId }),
  agentExecution: ({ agentExecutionId }) =>
    agentExecutionId === null ? null : { __typename: 'AgentExecution', id: agentExecutionId },
  contextRead: ({ contextRead }) => contextRead && { __typename: 'ContextVersion', ...contextRead },
  contextWritten: ({ contextWritten }) => contextWritten && { __typename: 'ContextVersion', ...contextWritten },
  notification: async ({ executionId, id: stepId, stepType }, _args, { loaders }) => {
    const sent = stepType === 'NOTIFICATION' ? await loaders.lastNotifications.load({ executionId, stepId }) : null;
    return sent && { __typename: 'Notification', id: sent.id };
  },
  approval: ({ id, executionId, stepType }, _args, { loaders }) =>
    stepType === 'APPROVAL' ? loaders.approvals.load({ executionId, stepId: id }) : null,
  children: (step, args, { services, viewer }) => services.executions.childrenOf(viewer, step, args),
  durationMs: ({ startedAt, completedAt }) =>
    startedAt && completedAt ? completedAt.getTime() - startedAt.getTime() : null,
};
