import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const contexts: QueryResolvers['contexts'] = (_root, args, { services, viewer }) =>
  services.contexts.list(viewer, args);
