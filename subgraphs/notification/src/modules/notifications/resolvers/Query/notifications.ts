import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const notifications: QueryResolvers['notifications'] = (_root, args, { services, viewer }) =>
  services.notifications.list(viewer, args);
