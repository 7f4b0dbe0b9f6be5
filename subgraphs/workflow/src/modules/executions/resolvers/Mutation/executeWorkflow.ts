import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const executeWorkflow: MutationResolvers['executeWorkflow'] = (_root, { input }, context) =>
  context.services.executions.execute(context, input);
