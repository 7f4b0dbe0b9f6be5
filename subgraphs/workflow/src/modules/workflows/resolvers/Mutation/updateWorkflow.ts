import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateWorkflow: MutationResolvers['updateWorkflow'] = (_root, { input }, context) =>
  context.services.workflows.update(context, input);
