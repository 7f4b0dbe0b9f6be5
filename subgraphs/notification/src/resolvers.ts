import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from './__generated__/graphql.ts';
import { channelResolvers } from './modules/channels/resolvers/index.ts';
import { archiveNotification } from './modules/inbox/resolvers/Mutation/archiveNotification.ts';
import { markAllNotificationsRead } from './modules/inbox/resolvers/Mutation/markAllNotificationsRead.ts';
import { markNotificationRead } from './modules/inbox/resolvers/Mutation/markNotificationRead.ts';
import { inbox } from './modules/inbox/resolvers/Query/inbox.ts';
import { unreadCount } from './modules/inbox/resolvers/Query/unreadCount.ts';
import { inboxUpdates } from './modules/inbox/resolvers/Subscription/inboxUpdates.ts';
import * as inboxTypes from './modules/inbox/resolvers/types.ts';
import { sendNotification } from './modules/notifications/resolvers/Mutation/sendNotification.ts';
import { Notification } from './modules/notifications/resolvers/Notification.ts';
import { NotificationDelivery } from './modules/notifications/resolvers/NotificationDelivery.ts';
import { notification } from './modules/notifications/resolvers/Query/notification.ts';
import { notifications } from './modules/notifications/resolvers/Query/notifications.ts';
import { updateNotificationPreferences } from './modules/preferences/resolvers/Mutation/updateNotificationPreferences.ts';
import { NotificationPreferences } from './modules/preferences/resolvers/NotificationPreferences.ts';
import { notificationPreferences } from './modules/preferences/resolvers/Query/notificationPreferences.ts';
import { createNotificationTemplate } from './modules/templates/resolvers/Mutation/createNotificationTemplate.ts';
import { deleteNotificationTemplate } from './modules/templates/resolvers/Mutation/deleteNotificationTemplate.ts';
import { testNotificationTemplate } from './modules/templates/resolvers/Mutation/testNotificationTemplate.ts';
import { updateNotificationTemplate } from './modules/templates/resolvers/Mutation/updateNotificationTemplate.ts';
import { NotificationTemplate } from './modules/templates/resolvers/NotificationTemplate.ts';
import { NotificationTemplateVersion } from './modules/templates/resolvers/NotificationTemplateVersion.ts';
import { notificationTemplate } from './modules/templates/resolvers/Query/notificationTemplate.ts';
import { notificationTemplates } from './modules/templates/resolvers/Query/notificationTemplates.ts';
import { previewNotificationTemplate } from './modules/templates/resolvers/Query/previewNotificationTemplate.ts';

/** Everything the schema needs; a root field that is missing here fails at start. */
export const resolvers = {
  ...channelResolvers,
  Query: {
    ...channelResolvers.Query,
    notification,
    notifications,
    notificationTemplate,
    notificationTemplates,
    previewNotificationTemplate,
    notificationPreferences,
    inbox,
    unreadCount,
  },
  Mutation: {
    ...channelResolvers.Mutation,
    sendNotification,
    createNotificationTemplate,
    updateNotificationTemplate,
    deleteNotificationTemplate,
    testNotificationTemplate,
    updateNotificationPreferences,
    markNotificationRead,
    markAllNotificationsRead,
    archiveNotification,
  },
  Subscription: { inboxUpdates },
  ...inboxTypes,
  Notification,
  NotificationConnection: connectionResolvers,
  NotificationDelivery,
  NotificationPreferences,
  NotificationTemplate,
  NotificationTemplateConnection: connectionResolvers,
  NotificationTemplateVersion,
  NotificationTemplateVersionConnection: connectionResolvers,
} satisfies Resolvers;
