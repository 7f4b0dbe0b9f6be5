import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const inbox: QueryResolvers['inbox'] = (_root, { filter, first, after }, { services, viewer }) =>
  services.inbox.list(viewer, filter ?? {}, { first, after });
