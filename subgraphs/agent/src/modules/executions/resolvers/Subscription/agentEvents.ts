import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { agentFeed } from '../../agent-feed.ts';

export const agentEvents: SubscriptionResolvers['agentEvents'] = {
  subscribe: (_root, { filter, after }, context) => underField('agentEvents', agentFeed(context, filter, after)),
};
