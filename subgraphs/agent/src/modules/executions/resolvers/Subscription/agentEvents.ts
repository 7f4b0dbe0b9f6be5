import { mapStream } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { agentFeed } from '../../agent-feed.ts';

export const agentEvents: SubscriptionResolvers['agentEvents'] = {
  subscribe: async (_root, { filter, after }, context) =>
    mapStream(
      await agentFeed(context.services, context.viewer, filter ?? {}, after ?? null, context.signal),
      (event) => ({
        agentEvents: event,
      }),
    ),
};
