import { mapStream } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { executionUpdates } from '../../execution-updates.ts';

export const agentExecutionUpdates: SubscriptionResolvers['agentExecutionUpdates'] = {
  subscribe: async (_root, { id, after }, context) =>
    mapStream(
      await executionUpdates(context.services, context.viewer, id, after ?? null, context.signal),
      (update) => ({
        agentExecutionUpdates: update,
      }),
    ),
};
