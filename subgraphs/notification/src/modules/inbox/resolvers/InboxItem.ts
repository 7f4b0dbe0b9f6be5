import type { InboxItemResolvers } from '../../../__generated__/graphql.ts';

export const InboxItem: InboxItemResolvers = {
  notification: ({ id }, _args, { loaders }) => loaders.notifications.load(id),
  isRead: ({ readAt }) => readAt !== null,
};
