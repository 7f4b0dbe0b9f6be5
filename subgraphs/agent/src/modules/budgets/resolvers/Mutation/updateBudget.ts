import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateBudget: MutationResolvers['updateBudget'] = (_root, { input }, { services, viewer }) =>
  services.budgets.update(viewer, input);
