import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteWorkflow: MutationResolvers['deleteWorkflow'] = (_root, { input }, { services, viewer }) =>
  services.workflows.remove(viewer, input.id);
