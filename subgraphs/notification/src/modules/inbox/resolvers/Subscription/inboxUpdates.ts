import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { inboxUpdates as updatesOf } from '../../inbox-updates.ts';

export const inboxUpdates: SubscriptionResolvers['inboxUpdates'] = {
  subscribe: (_root, { after }, context) => underField('inboxUpdates', updatesOf(context, after)),
};
