import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/resolvers/existing.ts';

export const login: MutationResolvers['login'] = async (_parent, { input }, { sessions, loaders }) => {
  const result = await sessions.login(input);
  if (result.__typename !== 'SignedIn') return result;
  const user = existing(await loaders.user.load(result.userId));
  return { __typename: 'LoginSuccess', tokens: result.tokens, user: { ...user, revealed: true } };
};
