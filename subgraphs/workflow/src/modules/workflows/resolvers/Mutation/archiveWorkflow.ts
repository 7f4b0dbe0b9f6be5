import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const archiveWorkflow: MutationResolvers['archiveWorkflow'] = (_root, { input }, { services, viewer }) =>
  services.workflows.archive(viewer, input.id);
