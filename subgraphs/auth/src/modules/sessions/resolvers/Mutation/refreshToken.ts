import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const refreshToken: MutationResolvers['refreshToken'] = (_parent, { input }, { sessions, arrivedAt }) =>
  sessions.refresh(input.refreshToken, arrivedAt);
