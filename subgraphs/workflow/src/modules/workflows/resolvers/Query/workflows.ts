import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const workflows: QueryResolvers['workflows'] = (_root, args, { services, viewer }) =>
  services.workflows.list(viewer, args);
