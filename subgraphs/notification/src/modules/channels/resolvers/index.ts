import type { Resolvers } from '../../../__generated__/graphql.ts';
import { configureNotificationChannel } from './Mutation/configureNotificationChannel.ts';
import { removeNotificationChannelProvider } from './Mutation/removeNotificationChannelProvider.ts';
import { testNotificationChannel } from './Mutation/testNotificationChannel.ts';
import { NotificationChannel } from './NotificationChannel.ts';
import { NotificationChannelProvider } from './NotificationChannelProvider.ts';
import { notificationChannel } from './Query/notificationChannel.ts';
import { notificationChannels } from './Query/notificationChannels.ts';
import { webhookTargetSecret } from './Query/webhookTargetSecret.ts';

export const channelResolvers = {
  Query: { notificationChannel, notificationChannels, webhookTargetSecret },
  Mutation: { configureNotificationChannel, removeNotificationChannelProvider, testNotificationChannel },
  NotificationChannel,
  NotificationChannelProvider,
} satisfies Resolvers;
