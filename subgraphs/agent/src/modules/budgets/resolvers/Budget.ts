import type { BudgetResolvers } from '../../../__generated__/graphql.ts';

export const Budget: BudgetResolvers = {
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
  standing: ({ id }, { runId }, { loaders }) => loaders.budgetStandings({ runId: runId ?? null }).load(id),
};
