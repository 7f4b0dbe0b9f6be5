import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { executionUpdates } from '../../live/execution-updates.ts';

export const workflowExecutionUpdates: SubscriptionResolvers['workflowExecutionUpdates'] = {
  subscribe: (_root, { id, after }, context) =>
    underField('workflowExecutionUpdates', executionUpdates(context, id, after)),
};
