import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { executionUpdates } from '../../execution-updates.ts';

export const agentExecutionUpdates: SubscriptionResolvers['agentExecutionUpdates'] = {
  subscribe: (_root, { id, after }, context) =>
    underField('agentExecutionUpdates', executionUpdates(context, id, after)),
};
