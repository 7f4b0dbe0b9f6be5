import type { IntegrationAnalyticsResolvers } from '../../../__generated__/graphql.ts';
import { share } from '../share.ts';

export const IntegrationAnalytics: IntegrationAnalyticsResolvers = {
  errorRate: ({ failed, succeeded }) => share(failed, failed + succeeded),
  cacheHitRate: ({ cached, succeeded }) => share(cached, cached + succeeded),
  errors: (analytics, _args, { services }) => services.analytics.errors(analytics),
  operations: (analytics, _args, { services }) => services.analytics.operations(analytics),
};
