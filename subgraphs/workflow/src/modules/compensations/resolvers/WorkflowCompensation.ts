import type { WorkflowCompensationResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowCompensation: WorkflowCompensationResolvers = {
  name: async (compensation, _args, { services }) => (await services.compensations.stepOf(compensation)).name,
  stepType: async (compensation, _args, { services }) => (await services.compensations.stepOf(compensation)).stepType,
  source: ({ sourceExecutionId }, _args, { loaders }) => loaders.executions.load(sourceExecutionId),
  run: ({ runId }, _args, { loaders }) => (runId === null ? null : loaders.executions.load(runId)),
  decisions: ({ decisions }) => [...decisions],
};
