import type { ContextAnalyticsSummaryResolvers } from '../../../__generated__/graphql.ts';

export const ContextAnalyticsSummary: ContextAnalyticsSummaryResolvers = {
  sizeMb: ({ sizeBytes }) => sizeBytes / 1_000_000,
};
