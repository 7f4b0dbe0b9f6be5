import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowTemplate: QueryResolvers['workflowTemplate'] = (_root, { id }, { services, viewer }) =>
  services.templates.visible(viewer, id);
