import type { WorkflowExecutionLogUpdateResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowExecutionLogUpdate: WorkflowExecutionLogUpdateResolvers = {
  lines: ({ lines }) => [...lines],
};
