import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { notificationFeed } from '../../notification-feed.ts';

export const notificationEvents: SubscriptionResolvers['notificationEvents'] = {
  subscribe: (_root, { filter, after }, context) =>
    underField('notificationEvents', notificationFeed(context, filter, after)),
};
