import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createWorkflowTrigger: MutationResolvers['createWorkflowTrigger'] = (_root, { input }, context) =>
  context.services.triggers.create(context, input);
