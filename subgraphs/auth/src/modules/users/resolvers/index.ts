import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from '../../../__generated__/graphql.ts';
import { createUser } from './Mutation/createUser.ts';
import { me } from './Query/me.ts';
import { user } from './Query/user.ts';
import { users } from './Query/users.ts';
import { User } from './User.ts';

export const userResolvers = {
  Query: { me, user, users },
  Mutation: { createUser },
  User,
  UserConnection: connectionResolvers,
} satisfies Resolvers;
