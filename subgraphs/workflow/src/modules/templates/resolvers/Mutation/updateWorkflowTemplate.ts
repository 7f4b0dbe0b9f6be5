import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateWorkflowTemplate: MutationResolvers['updateWorkflowTemplate'] = (_root, { input }, context) =>
  context.services.templates.update(context, input);
