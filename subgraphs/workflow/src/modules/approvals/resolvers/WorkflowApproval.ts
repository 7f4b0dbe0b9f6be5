import type { WorkflowApprovalResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowApproval: WorkflowApprovalResolvers = {
  execution: ({ executionId }, _args, { loaders }) => loaders.executions.load(executionId),
  workflow: ({ workflowId }, _args, { loaders }) => loaders.workflows.load(workflowId),
  approvers: ({ approverIds }) => approverIds.map((id) => ({ __typename: 'User', id })),
  approverRoleIds: ({ approverRoleIds }) => [...approverRoleIds],
  startedBy: ({ startedById }) => ({ __typename: 'User', id: startedById }),
  decisions: ({ decisions }) => [...decisions],
  notifications: ({ id }, args, { loaders }) => loaders.noticesOf(args).load(id),
};
