import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../existing.ts';

export const createUser: MutationResolvers['createUser'] = async (_parent, { input }, { viewer, users, loaders }) => {
  const result = await users.create(viewer, input);
  if (result.__typename !== 'Created') return result;
  return {
    __typename: 'CreateUserSuccess',
    user: existing(await loaders.user.clear(result.userId).load(result.userId)),
  };
};
