import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowStats: QueryResolvers['workflowStats'] = (_root, { days, slowest }, { services, viewer }) =>
  services.stats.ofViewer(viewer, { days: days ?? 30, steps: slowest ?? 10 });
