import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/resolvers/existing.ts';

export const login: MutationResolvers['login'] = async (_parent, { input }, context) => {
  const result = await context.sessions.login(context, input);
  if (result.__typename !== 'SignedIn') return result;
  const user = existing(await context.loaders.user.load(result.userId));
  const { tokens, deviceToken } = result;
  return { __typename: 'LoginSuccess', tokens, deviceToken, user: { ...user, revealed: true } };
};
