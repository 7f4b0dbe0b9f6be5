import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const userEngagementAnalytics: QueryResolvers['userEngagementAnalytics'] = (_root, args, { services, viewer }) =>
  services.analytics.users(viewer, args);
