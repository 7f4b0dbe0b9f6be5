import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { notificationUpdates } from '../../notification-updates.ts';

export const notificationDeliveryUpdates: SubscriptionResolvers['notificationDeliveryUpdates'] = {
  subscribe: (_root, { notificationId, after }, context) =>
    underField('notificationDeliveryUpdates', notificationUpdates(context, notificationId, after)),
};
