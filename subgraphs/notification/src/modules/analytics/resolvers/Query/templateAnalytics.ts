import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const templateAnalytics: QueryResolvers['templateAnalytics'] = (_root, args, { services, viewer }) =>
  services.analytics.templates(viewer, args);
