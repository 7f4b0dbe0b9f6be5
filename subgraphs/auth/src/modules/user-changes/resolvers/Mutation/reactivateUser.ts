import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/existing-user.ts';

export const reactivateUser: MutationResolvers['reactivateUser'] = async (_parent, { input }, context) => {
  const result = await context.services.userChanges.reactivate(context, input);
  if (result.__typename !== 'Changed') return result;
  const user = existing(await context.loaders.user.clear(result.id).load(result.id));
  return { __typename: 'ReactivateUserSuccess', user };
};
