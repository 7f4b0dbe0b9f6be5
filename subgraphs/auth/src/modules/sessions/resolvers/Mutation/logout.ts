import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const logout: MutationResolvers['logout'] = async (_parent, _args, context) => ({
  __typename: 'LogoutSuccess',
  sessionId: await context.services.sessions.logout(context),
});
