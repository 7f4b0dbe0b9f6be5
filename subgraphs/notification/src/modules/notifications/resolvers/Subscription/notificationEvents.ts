import { mapStream } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { notificationFeed } from '../../notification-feed.ts';

export const notificationEvents: SubscriptionResolvers['notificationEvents'] = {
  subscribe: async (_root, { filter, after }, { services, viewer, signal }) =>
    mapStream(await notificationFeed(services, viewer, filter ?? {}, after ?? null, signal), (event) => ({
      notificationEvents: event,
    })),
};
