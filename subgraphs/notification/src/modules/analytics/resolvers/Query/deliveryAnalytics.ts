import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const deliveryAnalytics: QueryResolvers['deliveryAnalytics'] = (_root, args, { services, viewer }) =>
  services.analytics.delivery(viewer, args);
