import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteWorkflowTemplate: MutationResolvers['deleteWorkflowTemplate'] = (
  _root,
  { input },
  { services, viewer },
) => services.templates.remove(viewer, input.id);
