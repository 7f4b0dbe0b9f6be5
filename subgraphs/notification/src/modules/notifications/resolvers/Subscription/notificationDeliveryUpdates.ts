import { mapStream } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { notificationUpdates } from '../../notification-updates.ts';

export const notificationDeliveryUpdates: SubscriptionResolvers['notificationDeliveryUpdates'] = {
  subscribe: async (_root, { notificationId, after }, { services, viewer, signal }) =>
    mapStream(await notificationUpdates(services, viewer, notificationId, after ?? null, signal), (update) => ({
      notificationDeliveryUpdates: update,
    })),
};
