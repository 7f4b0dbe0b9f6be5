import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowTemplates: QueryResolvers['workflowTemplates'] = (_root, args, { services, viewer }) =>
  services.templates.list(viewer, args);
