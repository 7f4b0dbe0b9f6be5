import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from './__generated__/graphql.ts';
import { channelResolvers } from './modules/channels/resolvers/index.ts';
import { channelAnalytics } from './modules/analytics/resolvers/Query/channelAnalytics.ts';
import { dailyDeliveryReport } from './modules/analytics/resolvers/Query/dailyDeliveryReport.ts';
import { deliveryAnalytics } from './modules/analytics/resolvers/Query/deliveryAnalytics.ts';
import { monthlyDeliveryReport } from './modules/analytics/resolvers/Query/monthlyDeliveryReport.ts';
import { templateAnalytics } from './modules/analytics/resolvers/Query/templateAnalytics.ts';
import { userEngagementAnalytics } from './modules/analytics/resolvers/Query/userEngagementAnalytics.ts';
import { deliveryReportSubscriptions } from './modules/analytics/resolvers/Query/deliveryReportSubscriptions.ts';
import { subscribeToDeliveryReport } from './modules/analytics/resolvers/Mutation/subscribeToDeliveryReport.ts';
import { unsubscribeFromDeliveryReport } from './modules/analytics/resolvers/Mutation/unsubscribeFromDeliveryReport.ts';
import * as analyticsTypes from './modules/analytics/resolvers/types.ts';
import { archiveNotification } from './modules/inbox/resolvers/Mutation/archiveNotification.ts';
import { markAllNotificationsRead } from './modules/inbox/resolvers/Mutation/markAllNotificationsRead.ts';
import { markNotificationRead } from './modules/inbox/resolvers/Mutation/markNotificationRead.ts';
import { inbox } from './modules/inbox/resolvers/Query/inbox.ts';
import { unreadCount } from './modules/inbox/resolvers/Query/unreadCount.ts';
import { inboxUpdates } from './modules/inbox/resolvers/Subscription/inboxUpdates.ts';
import * as inboxTypes from './modules/inbox/resolvers/types.ts';
import * as notifications from './modules/notifications/resolvers/index.ts';
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
import { webhookResolvers } from './modules/webhooks/resolvers/index.ts';

/** Everything the schema needs; a root field that is missing here fails at start. */
export const resolvers = {
  ...channelResolvers,
  ...webhookResolvers,
  Query: {
    ...channelResolvers.Query,
    ...webhookResolvers.Query,
    ...notifications.Query,
    notificationTemplate,
    notificationTemplates,
    previewNotificationTemplate,
    notificationPreferences,
    inbox,
    unreadCount,
    deliveryAnalytics,
    channelAnalytics,
    templateAnalytics,
    userEngagementAnalytics,
    dailyDeliveryReport,
    monthlyDeliveryReport,
    deliveryReportSubscriptions,
  },
  Mutation: {
    ...channelResolvers.Mutation,
    ...webhookResolvers.Mutation,
    ...notifications.Mutation,
    createNotificationTemplate,
    updateNotificationTemplate,
    deleteNotificationTemplate,
    testNotificationTemplate,
    updateNotificationPreferences,
    markNotificationRead,
    markAllNotificationsRead,
    archiveNotification,
    subscribeToDeliveryReport,
    unsubscribeFromDeliveryReport,
  },
  Subscription: { ...notifications.Subscription, inboxUpdates },
  ...analyticsTypes,
  ...inboxTypes,
  ...notifications.types,
  NotificationPreferences,
  NotificationTemplate,
  NotificationTemplateConnection: connectionResolvers,
  NotificationTemplateVersion,
  NotificationTemplateVersionConnection: connectionResolvers,
} satisfies Resolvers;
