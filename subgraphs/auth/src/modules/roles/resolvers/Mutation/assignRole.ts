import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/existing-user.ts';

export const assignRole: MutationResolvers['assignRole'] = async (_parent, { input }, context) => {
  const result = await context.services.assignments.assign(context, input, context.loaders.user);
  if (result.__typename !== 'Change') return result;
  context.loaders.rolesOfUser.clear(result.userId);
  return { __typename: 'AssignRoleSuccess', user: existing(await context.loaders.user.load(result.userId)) };
};
