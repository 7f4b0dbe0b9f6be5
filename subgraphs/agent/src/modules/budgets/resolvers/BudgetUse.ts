import type { BudgetUseResolvers } from '../../../__generated__/graphql.ts';

export const BudgetUse: BudgetUseResolvers = {
  seconds: ({ milliseconds }) => milliseconds / 1_000,
};
