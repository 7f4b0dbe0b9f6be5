import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const sessions: QueryResolvers['sessions'] = (_parent, args, { services, viewer }) =>
  services.sessionList.page(viewer, args);
