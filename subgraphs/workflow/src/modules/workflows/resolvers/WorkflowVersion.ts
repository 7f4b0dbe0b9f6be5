import type { WorkflowVersionResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowVersion: WorkflowVersionResolvers = {
  steps: ({ workflowId, version }, _args, { loaders }) => loaders.definedSteps.load({ workflowId, version }),
};
