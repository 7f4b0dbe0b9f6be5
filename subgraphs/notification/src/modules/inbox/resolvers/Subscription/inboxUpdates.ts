import { mapStream } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { inboxUpdates as updatesOf } from '../../inbox-updates.ts';

export const inboxUpdates: SubscriptionResolvers['inboxUpdates'] = {
  subscribe: async (_root, { after }, context) =>
    mapStream(await updatesOf(context.services, context.viewer, after ?? null, context.signal), (update) => ({
      inboxUpdates: update,
    })),
};
