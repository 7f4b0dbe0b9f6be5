import type { RoleResolvers } from '../../../__generated__/graphql.ts';

export const Role: RoleResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.role.load(id),
  holderCount: ({ id }, _args, { loaders }) => loaders.holderCount.load(id),
};
