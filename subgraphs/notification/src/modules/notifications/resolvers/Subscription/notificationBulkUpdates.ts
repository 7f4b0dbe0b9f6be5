import { mapStream } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';

export const notificationBulkUpdates: SubscriptionResolvers['notificationBulkUpdates'] = {
  subscribe: async (_root, { id }, { services, viewer, signal }) =>
    mapStream(await services.bulks.updates(viewer, id, signal), (bulk) => ({ notificationBulkUpdates: bulk })),
};
