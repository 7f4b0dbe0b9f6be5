import type { NotificationEventResolvers } from '../../../__generated__/graphql.ts';

export const NotificationEvent: NotificationEventResolvers = {
  notification: ({ notificationId }, _args, { loaders }) =>
    notificationId === null ? null : loaders.notifications.load(notificationId),
};
