import { mapStream } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';

export const notificationBulkUpdates: SubscriptionResolvers['notificationBulkUpdates'] = {
  subscribe: (_root, { id }, { services, viewer, signal }) =>
    mapStream(services.bulks.updates(viewer, id, signal), (bulk) => ({ notificationBulkUpdates: bulk })),
};
