import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteUser: MutationResolvers['deleteUser'] = async (_parent, { input }, context) => {
  const result = await context.services.userChanges.delete(context, input);
  if (result.__typename === 'DeleteUserSuccess') context.loaders.user.clear(result.id);
  return result;
};
