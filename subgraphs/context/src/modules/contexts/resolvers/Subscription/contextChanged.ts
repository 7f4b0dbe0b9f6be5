import { underField } from '@flowmesh/platform/federation';
import type { SubscriptionResolvers } from '../../../../__generated__/graphql.ts';
import { contextUpdates } from '../../context-updates.ts';

export const contextChanged: SubscriptionResolvers['contextChanged'] = {
  subscribe: (_root, { id, after }, context) => underField('contextChanged', contextUpdates(context, id, after)),
};
