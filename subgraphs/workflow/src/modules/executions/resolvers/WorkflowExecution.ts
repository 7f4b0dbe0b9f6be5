import type { WorkflowExecutionResolvers } from '../../../__generated__/graphql.ts';
import { isAside } from '../result-size.ts';
import { progressOf } from '../execution-progress.ts';

export const WorkflowExecution: WorkflowExecutionResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.executions.load(id),
  workflow: ({ workflowId }, _args, { loaders }) => loaders.workflowsOfExecutions.load(workflowId),
  result: ({ id, result, resultBytes }, _args, { loaders }) =>
    isAside(resultBytes) ? loaders.largeResults.load({ executionId: id, stepId: null, bytes: resultBytes }) : result,
  steps: ({ id, steps }, _args, { loaders }) => (steps ? [...steps] : loaders.steps.load(id)),
  progress: ({ id, steps }, _args, { loaders }) => (steps ? progressOf(steps) : loaders.progress.load(id)),
  context: ({ contextId }) => (contextId === null ? null : { __typename: 'Context', id: contextId }),
  parent: ({ parentId }, _args, { loaders }) => (parentId === null ? null : loaders.executions.load(parentId)),
  notifications: ({ id }, args, { loaders }) => loaders.notificationsOf(args).load(id),
  logs: ({ id }, args, { loaders }) => loaders.logsOf(args).load(id),
  compensations: ({ id }, args, { loaders }) => loaders.compensationsOf(args).load(id),
  startedBy: ({ startedById }) => ({ __typename: 'User', id: startedById }),
  durationMs: ({ startedAt, completedAt }) =>
    startedAt && completedAt ? completedAt.getTime() - startedAt.getTime() : null,
};
