import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const budget: QueryResolvers['budget'] = (_root, { id }, { services, viewer }) =>
  services.budgets.find(viewer, id);
