import { isServiceId } from '@flowmesh/platform/access';
import type { ContextErasureResolvers } from '../../../__generated__/graphql.ts';

export const ContextErasure: ContextErasureResolvers = {
  requestedBy: ({ requestedById }) => (isServiceId(requestedById) ? null : { __typename: 'User', id: requestedById }),
};
