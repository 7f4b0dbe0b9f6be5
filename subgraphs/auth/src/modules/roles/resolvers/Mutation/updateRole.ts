import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateRole: MutationResolvers['updateRole'] = async (_parent, { input }, context) => {
  const result = await context.services.roles.update(context, input);
  return result.__typename === 'Changed' ? { __typename: 'UpdateRoleSuccess', role: result.role } : result;
};
