import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createRole: MutationResolvers['createRole'] = async (_parent, { input }, context) => {
  const result = await context.services.roles.create(context, input);
  return result.__typename === 'Changed' ? { __typename: 'CreateRoleSuccess', role: result.role } : result;
};
