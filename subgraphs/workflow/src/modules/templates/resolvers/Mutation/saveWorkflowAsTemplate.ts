import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const saveWorkflowAsTemplate: MutationResolvers['saveWorkflowAsTemplate'] = (_root, { input }, context) =>
  context.services.templates.save(context, input);
