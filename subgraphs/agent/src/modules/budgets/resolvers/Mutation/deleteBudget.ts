import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteBudget: MutationResolvers['deleteBudget'] = (_root, { input }, { services, viewer }) =>
  services.budgets.delete(viewer, input.id);
