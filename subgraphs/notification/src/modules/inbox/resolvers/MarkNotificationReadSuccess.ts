import type { MarkNotificationReadSuccessResolvers } from '../../../__generated__/graphql.ts';

export const MarkNotificationReadSuccess: MarkNotificationReadSuccessResolvers = {
  unreadCount: (_success, _args, { services, viewer }) => services.inbox.unreadCount(viewer, null),
};
