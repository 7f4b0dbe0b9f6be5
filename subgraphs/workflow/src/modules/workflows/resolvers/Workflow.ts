import type { WorkflowResolvers } from '../../../__generated__/graphql.ts';

export const Workflow: WorkflowResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.workflows.load(id),
  versions: ({ id }, _args, { loaders }) => loaders.versions.load(id),
  steps: ({ id, version }, _args, { loaders }) => loaders.definedSteps.load({ workflowId: id, version }),
  stats: ({ id }, { days, slowest }, { loaders }) =>
    loaders.statsOf({ days: days ?? 30, steps: slowest ?? 10 }).load(id),
  executions: ({ id }, args, { loaders }) => loaders.executionsOf(args).load(id),
  triggers: ({ id }, args, { loaders }) => loaders.triggersOf(args).load(id),
  limits: ({ id }, _args, { loaders }) => loaders.limits.load(id),
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
};
