import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createWorkflowFromTemplate: MutationResolvers['createWorkflowFromTemplate'] = (
  _root,
  { input },
  context,
) => context.services.installer.create(context, input);
