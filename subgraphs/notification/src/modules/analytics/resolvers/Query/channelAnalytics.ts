import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const channelAnalytics: QueryResolvers['channelAnalytics'] = (_root, args, { services, viewer }) =>
  services.analytics.channels(viewer, args);
