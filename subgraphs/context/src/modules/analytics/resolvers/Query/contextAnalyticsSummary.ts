import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const contextAnalyticsSummary: QueryResolvers['contextAnalyticsSummary'] = (
  _root,
  _args,
  { services, viewer },
) => services.analytics.summary(viewer);
