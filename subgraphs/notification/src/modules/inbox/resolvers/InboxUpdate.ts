import type { InboxUpdateResolvers } from '../../../__generated__/graphql.ts';

export const InboxUpdate: InboxUpdateResolvers = {
  item: ({ itemId }, _args, { loaders }) => (itemId === null ? null : loaders.inboxItems.load(itemId)),
  unreadCount: (_update, _args, { services, viewer }) => services.inbox.unreadCount(viewer, null),
};
