import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const pendingApprovals: QueryResolvers['pendingApprovals'] = (_root, args, { services, viewer }) =>
  services.approvals.pending(viewer, args);
