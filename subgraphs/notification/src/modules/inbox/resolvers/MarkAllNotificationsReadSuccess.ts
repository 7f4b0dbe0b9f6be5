import type { MarkAllNotificationsReadSuccessResolvers } from '../../../__generated__/graphql.ts';

export const MarkAllNotificationsReadSuccess: MarkAllNotificationsReadSuccessResolvers = {
  unreadCount: (_success, _args, { services, viewer }) => services.inbox.unreadCount(viewer, null),
};
