import type { WorkflowExecutionEventResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowExecutionEvent: WorkflowExecutionEventResolvers = {
  execution: ({ readExecution }) => readExecution(),
};
