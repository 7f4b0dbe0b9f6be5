import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const executeWorkflows: MutationResolvers['executeWorkflows'] = (_root, { input }, context) =>
  context.services.bulk.execute(context, input.items);
