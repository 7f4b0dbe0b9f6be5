import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const sessions: QueryResolvers['sessions'] = (_parent, args, { viewer, sessionList }) =>
  sessionList.page(viewer, args);
