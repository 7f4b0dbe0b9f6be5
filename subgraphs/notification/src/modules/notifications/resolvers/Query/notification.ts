import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const notification: QueryResolvers['notification'] = (_root, { id }, { loaders }) =>
  loaders.notifications.load(id);
