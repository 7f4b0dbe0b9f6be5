import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';

export const notificationBulkUpdates: SubscriptionResolvers['notificationBulkUpdates'] = {
  subscribe: (_root, { id }, { services, viewer, signal }) =>
    underField('notificationBulkUpdates', services.bulks.updates(viewer, id, signal)),
};
