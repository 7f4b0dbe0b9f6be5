import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowStats: QueryResolvers['workflowStats'] = (_root, { days }, { services, viewer }) =>
  services.stats.ofViewer(viewer, days ?? 30);
