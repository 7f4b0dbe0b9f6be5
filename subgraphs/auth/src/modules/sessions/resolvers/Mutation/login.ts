import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/resolvers/existing.ts';

export const login: MutationResolvers['login'] = async (_parent, { input }, { client, sessions, loaders }) => {
  const result = await sessions.login(input, client);
  if (result.__typename !== 'SignedIn') return result;
  const user = existing(await loaders.user.load(result.userId));
  const { tokens, deviceToken } = result;
  return { __typename: 'LoginSuccess', tokens, deviceToken, user: { ...user, revealed: true } };
};
