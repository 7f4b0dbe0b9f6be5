import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const validateWorkflow: QueryResolvers['validateWorkflow'] = (_root, { input }, context) =>
  context.services.workflows.validate(context, input);
