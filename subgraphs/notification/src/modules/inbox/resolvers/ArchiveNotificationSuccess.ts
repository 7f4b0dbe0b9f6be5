import type { ArchiveNotificationSuccessResolvers } from '../../../__generated__/graphql.ts';

export const ArchiveNotificationSuccess: ArchiveNotificationSuccessResolvers = {
  unreadCount: (_success, _args, { services, viewer }) => services.inbox.unreadCount(viewer, null),
};
