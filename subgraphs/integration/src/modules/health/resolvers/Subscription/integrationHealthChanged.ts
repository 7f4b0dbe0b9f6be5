import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { healthFeed } from '../../health-feed.ts';

export const integrationHealthChanged: SubscriptionResolvers['integrationHealthChanged'] = {
  subscribe: (_root, { id, after }, context) => underField('integrationHealthChanged', healthFeed(context, id, after)),
};
