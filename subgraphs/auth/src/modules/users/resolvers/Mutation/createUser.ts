import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../existing-user.ts';

export const createUser: MutationResolvers['createUser'] = async (_parent, { input }, context) => {
  const result = await context.services.users.create(context, input);
  if (result.__typename !== 'Created') return result;
  return {
    __typename: 'CreateUserSuccess',
    invited: result.invited,
    user: existing(await context.loaders.user.clear(result.userId).load(result.userId)),
  };
};
