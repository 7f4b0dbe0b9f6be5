import { hasScope } from '@flowmesh/platform/access';
import type { GivenAddressResolvers } from '../../../__generated__/graphql.ts';
import { existing } from '../../users/existing-user.ts';

export const GivenAddress: GivenAddressResolvers = {
  user: async ({ userId }, _args, { loaders }) => existing(await loaders.user.load(userId)),
  email: ({ email }, _args, { viewer }) => (hasScope(viewer, 'user:read-any') ? email : null),
  givenBy: async ({ givenById }, _args, { loaders }) => existing(await loaders.user.load(givenById)),
};
