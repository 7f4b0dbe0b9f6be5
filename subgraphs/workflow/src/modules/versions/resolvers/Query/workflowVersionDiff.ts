import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowVersionDiff: QueryResolvers['workflowVersionDiff'] = (_root, args, { services, viewer }) =>
  services.workflows.diff(viewer, args.workflowId, args.from, args.to ?? null);
