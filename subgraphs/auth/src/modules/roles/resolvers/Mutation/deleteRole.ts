import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteRole: MutationResolvers['deleteRole'] = (_parent, { input }, context) =>
  context.services.roles.delete(context, input);
