import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const user: QueryResolvers['user'] = (_parent, { id }, { services, viewer, loaders }) =>
  services.users.mayLookUp(viewer, id) ? loaders.user.load(id) : null;
