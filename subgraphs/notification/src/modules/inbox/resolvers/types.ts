import { connectionResolvers } from '@flowmesh/platform/connections';
import type {
  ArchiveNotificationSuccessResolvers,
  InboxConnectionResolvers,
  InboxItemResolvers,
  InboxUpdateResolvers,
  MarkAllNotificationsReadSuccessResolvers,
  MarkNotificationReadSuccessResolvers,
} from '../../../__generated__/graphql.ts';
import type { NotificationContext } from '../../../context.ts';

const unreadCount = (_parent: unknown, _args: unknown, { services, viewer }: NotificationContext) =>
  services.inbox.unreadCount(viewer, null);

export const InboxItem: InboxItemResolvers = {
  notification: ({ id }, _args, { loaders }) => loaders.notifications.load(id),
  isRead: ({ readAt }) => readAt !== null,
};
export const InboxConnection: InboxConnectionResolvers = {
  ...connectionResolvers,
  unreadCount: (page) => page.unreadCount(),
};
export const InboxUpdate: InboxUpdateResolvers = {
  item: ({ itemId }, _args, { loaders }) => (itemId === null ? null : loaders.inboxItems.load(itemId)),
  unreadCount,
};
export const MarkNotificationReadSuccess: MarkNotificationReadSuccessResolvers = { unreadCount };
export const ArchiveNotificationSuccess: ArchiveNotificationSuccessResolvers = { unreadCount };
export const MarkAllNotificationsReadSuccess: MarkAllNotificationsReadSuccessResolvers = { unreadCount };
