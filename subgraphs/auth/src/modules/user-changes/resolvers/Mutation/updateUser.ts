import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/existing-user.ts';

export const updateUser: MutationResolvers['updateUser'] = async (_parent, { input }, context) => {
  const result = await context.services.userChanges.update(context, input);
  if (result.__typename !== 'Changed') return result;
  const user = existing(await context.loaders.user.clear(result.id).load(result.id));
  return { __typename: 'UpdateUserSuccess', user, pendingEmail: result.pendingEmail };
};
