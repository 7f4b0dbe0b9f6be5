import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createBudget: MutationResolvers['createBudget'] = (_root, { input }, context) =>
  context.services.budgets.create(context, input);
