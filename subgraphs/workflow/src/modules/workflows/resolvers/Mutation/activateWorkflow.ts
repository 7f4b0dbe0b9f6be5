import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const activateWorkflow: MutationResolvers['activateWorkflow'] = (_root, { input }, context) =>
  context.services.workflows.activate(context, input.id);
