import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const contextAnalyticsTrends: QueryResolvers['contextAnalyticsTrends'] = (
  _root,
  { from, to, interval },
  { services, viewer },
) => services.analytics.trends(viewer, from, to, interval);
