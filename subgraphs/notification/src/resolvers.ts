import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from './__generated__/graphql.ts';
import { sendNotification } from './modules/notifications/resolvers/Mutation/sendNotification.ts';
import { Notification } from './modules/notifications/resolvers/Notification.ts';
import { NotificationDelivery } from './modules/notifications/resolvers/NotificationDelivery.ts';
import { notification } from './modules/notifications/resolvers/Query/notification.ts';
import { notifications } from './modules/notifications/resolvers/Query/notifications.ts';

/** Everything the schema needs; a root field that is missing here fails at start. */
export const resolvers = {
  Query: { notification, notifications },
  Mutation: { sendNotification },
  Notification,
  NotificationConnection: connectionResolvers,
  NotificationDelivery,
} satisfies Resolvers;
