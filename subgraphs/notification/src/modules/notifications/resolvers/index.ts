import { connectionResolvers } from '@flowmesh/platform/connections';
import { cancelNotification } from './Mutation/cancelNotification.ts';
import { enableNotificationRecipient } from './Mutation/enableNotificationRecipient.ts';
import { replayNotification } from './Mutation/replayNotification.ts';
import { retryFailedNotifications } from './Mutation/retryFailedNotifications.ts';
import { retryNotification } from './Mutation/retryNotification.ts';
import { sendBulkNotifications } from './Mutation/sendBulkNotifications.ts';
import { sendNotification } from './Mutation/sendNotification.ts';
import { Notification } from './Notification.ts';
import { NotificationDelivery } from './NotificationDelivery.ts';
import { NotificationEvent } from './NotificationEvent.ts';
import { notification } from './Query/notification.ts';
import { notificationBulk } from './Query/notificationBulk.ts';
import { notifications } from './Query/notifications.ts';
import { notificationBulkUpdates } from './Subscription/notificationBulkUpdates.ts';
import { notificationDeliveryUpdates } from './Subscription/notificationDeliveryUpdates.ts';
import { notificationEvents } from './Subscription/notificationEvents.ts';
import { User } from './User.ts';

export const Query = { notification, notificationBulk, notifications };

export const Mutation = {
  sendNotification,
  sendBulkNotifications,
  cancelNotification,
  retryNotification,
  retryFailedNotifications,
  replayNotification,
  enableNotificationRecipient,
};

export const Subscription = { notificationBulkUpdates, notificationDeliveryUpdates, notificationEvents };

export const types = {
  Notification,
  NotificationConnection: connectionResolvers,
  NotificationDelivery,
  NotificationEvent,
  User,
};
