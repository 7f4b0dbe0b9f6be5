import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const logout: MutationResolvers['logout'] = async (_parent, _args, { viewer, sessions }) => ({
  __typename: 'LogoutSuccess',
  sessionId: await sessions.logout(viewer),
});
