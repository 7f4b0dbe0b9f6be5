import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/existing-user.ts';

export const changePassword: MutationResolvers['changePassword'] = async (_parent, { input }, context) => {
  const result = await context.services.passwords.change(context, input);
  if (result.__typename !== 'ChangePasswordSuccess') return result;
  return { ...result, user: existing(await context.loaders.user.clear(result.userId).load(result.userId)) };
};
