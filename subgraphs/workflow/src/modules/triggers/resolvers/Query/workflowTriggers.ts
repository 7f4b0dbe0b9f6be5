import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflowTriggers: QueryResolvers['workflowTriggers'] = (_root, args, { services, viewer }) =>
  services.triggers.list(viewer, args);
