import { mapStream } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { executionUpdates } from '../../live/execution-updates.ts';

export const workflowExecutionUpdates: SubscriptionResolvers['workflowExecutionUpdates'] = {
  subscribe: async (_root, { id, after }, { services, viewer, signal }) =>
    mapStream(await executionUpdates(services, viewer, id, after ?? null, signal), (update) => ({
      workflowExecutionUpdates: update,
    })),
};
