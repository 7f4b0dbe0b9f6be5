import type { ServiceAccountResolvers } from '../../../__generated__/graphql.ts';
import { existing } from '../../users/existing-user.ts';

export const ServiceAccount: ServiceAccountResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.serviceAccount.load(id),
  owner: ({ ownerId }, _args, { loaders }) => (ownerId === null ? null : loaders.user.load(ownerId)),
  user: async ({ id }, _args, { loaders }) => existing(await loaders.user.load(id)),
  roles: ({ id }, _args, { loaders }) => loaders.rolesOfUser.load(id),
  scopes: async ({ id }, _args, { services, loaders }) => services.roles.scopesOf(await loaders.rolesOfUser.load(id)),
};
