import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from '../../../__generated__/graphql.ts';
import { completeMfaLogin } from './Mutation/completeMfaLogin.ts';
import { login } from './Mutation/login.ts';
import { logout } from './Mutation/logout.ts';
import { logoutEverywhere } from './Mutation/logoutEverywhere.ts';
import { refreshToken } from './Mutation/refreshToken.ts';
import { revokeSession } from './Mutation/revokeSession.ts';
import { revokeToken } from './Mutation/revokeToken.ts';
import { sessions } from './Query/sessions.ts';
import { validateToken } from './Query/validateToken.ts';
import { Session } from './Session.ts';
import { TokenState } from './TokenState.ts';

export const sessionResolvers = {
  Query: { sessions, validateToken },
  Mutation: { completeMfaLogin, login, logout, logoutEverywhere, refreshToken, revokeSession, revokeToken },
  Session,
  SessionConnection: connectionResolvers,
  TokenState,
} satisfies Resolvers;
