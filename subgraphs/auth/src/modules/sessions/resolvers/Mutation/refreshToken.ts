import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const refreshToken: MutationResolvers['refreshToken'] = (_parent, { input }, context) =>
  context.services.sessions.refresh(context, input.refreshToken);
