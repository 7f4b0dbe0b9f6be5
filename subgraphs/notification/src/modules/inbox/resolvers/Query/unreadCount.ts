import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const unreadCount: QueryResolvers['unreadCount'] = (_root, { category }, { services, viewer }) =>
  services.inbox.unreadCount(viewer, category ?? null);
