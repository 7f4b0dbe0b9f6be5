import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const budgets: QueryResolvers['budgets'] = (_root, args, { services, viewer }) =>
  services.budgets.list(viewer, args);
