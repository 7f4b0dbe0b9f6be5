import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const searchContexts: QueryResolvers['searchContexts'] = (_root, { input, first }, { services, viewer }) =>
  services.search.search(viewer, input, first ?? 20);
