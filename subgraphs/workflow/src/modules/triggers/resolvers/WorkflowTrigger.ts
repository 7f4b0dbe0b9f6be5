import type { WorkflowTriggerResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowTrigger: WorkflowTriggerResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.triggers.load(id),
  workflow: ({ workflowId }, _args, { loaders }) => loaders.workflowsOfExecutions.load(workflowId),
  nextRuns: (trigger, { first }, { services }) => services.triggers.nextRuns(trigger, first ?? 5),
  lastRun: ({ id }, _args, { loaders }) => loaders.lastFirings.load(id),
  history: ({ id }, args, { loaders }) => loaders.firingsOf(args).load(id),
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
};
