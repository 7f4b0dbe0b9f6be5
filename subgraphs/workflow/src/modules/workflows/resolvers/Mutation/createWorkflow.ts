import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createWorkflow: MutationResolvers['createWorkflow'] = (_root, { input }, context) =>
  context.services.workflows.create(context, input);
