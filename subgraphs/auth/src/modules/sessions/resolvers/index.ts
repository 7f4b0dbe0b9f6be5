import type { Resolvers } from '../../../__generated__/graphql.ts';
import { login } from './Mutation/login.ts';
import { logout } from './Mutation/logout.ts';
import { refreshToken } from './Mutation/refreshToken.ts';

export const sessionResolvers = {
  Mutation: { login, logout, refreshToken },
} satisfies Resolvers;
