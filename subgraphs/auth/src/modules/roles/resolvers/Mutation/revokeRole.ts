import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/existing-user.ts';

export const revokeRole: MutationResolvers['revokeRole'] = async (_parent, { input }, context) => {
  const result = await context.services.assignments.revoke(context, input, context.loaders.user);
  if (result.__typename !== 'Change') return result;
  context.loaders.rolesOfUser.clear(result.userId);
  return { __typename: 'RevokeRoleSuccess', user: existing(await context.loaders.user.load(result.userId)) };
};
