import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const notificationTemplates: QueryResolvers['notificationTemplates'] = (_root, args, { services, viewer }) =>
  services.templates.list(viewer, args);
