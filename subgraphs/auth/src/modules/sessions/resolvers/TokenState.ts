import type { TokenStateResolvers } from '../../../__generated__/graphql.ts';

const fromSeconds = (seconds: number): Date => new Date(seconds * 1_000);

export const TokenState: TokenStateResolvers = {
  tokenType: ({ active }) => (active ? 'Bearer' : null),
  user: (state, _args, { loaders }) => (state.active ? loaders.user.load(state.userId) : null),
  sessionId: (state) => (state.active ? state.sessionId : null),
  tokenId: (state) => (state.active ? state.tokenId : null),
  scopes: (state) => (state.active ? [...state.scopes] : null),
  issuedAt: (state) => (state.active ? fromSeconds(state.issuedAt) : null),
  expiresAt: (state) => (state.active ? fromSeconds(state.expiresAt) : null),
};
