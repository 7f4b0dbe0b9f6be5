import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { executionFeed } from '../../live/execution-feed.ts';

export const workflowExecutionEvents: SubscriptionResolvers['workflowExecutionEvents'] = {
  subscribe: (_root, { filter, after }, context) =>
    underField('workflowExecutionEvents', executionFeed(context, filter, after)),
};
