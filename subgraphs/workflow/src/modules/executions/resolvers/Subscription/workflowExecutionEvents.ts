import { mapStream } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { executionFeed } from '../../live/execution-feed.ts';

export const workflowExecutionEvents: SubscriptionResolvers['workflowExecutionEvents'] = {
  subscribe: async (_root, { filter, after }, { services, viewer, signal }) =>
    mapStream(await executionFeed(services, viewer, filter ?? {}, after ?? null, signal), (event) => ({
      workflowExecutionEvents: event,
    })),
};
