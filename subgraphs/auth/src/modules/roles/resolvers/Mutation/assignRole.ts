import type { MutationResolvers } from '../../../../__generated__/graphql.ts';
import { existing } from '../../../users/resolvers/existing.ts';

export const assignRole: MutationResolvers['assignRole'] = async (_parent, { input }, { viewer, roles, loaders }) => {
  const result = await roles.assign(viewer, input, loaders.user);
  if (result.__typename !== 'Change') return result;
  loaders.rolesOfUser.clear(result.userId);
  return { __typename: 'AssignRoleSuccess', user: existing(await loaders.user.load(result.userId)) };
};
