import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const notificationBulk: QueryResolvers['notificationBulk'] = (_root, { id }, { services, viewer }) =>
  services.bulks.find(viewer, id);
