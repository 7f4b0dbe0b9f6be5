import type { UserResolvers } from '../../../__generated__/graphql.ts';

export const User: UserResolvers = {
  __resolveReference: ({ id }) => ({ __typename: 'User', id }),
  notifications: ({ id }, args, { loaders }) => loaders.notificationsOfUser(args).load(id),
};
