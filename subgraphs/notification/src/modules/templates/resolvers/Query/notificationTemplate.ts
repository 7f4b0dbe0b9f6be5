import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const notificationTemplate: QueryResolvers['notificationTemplate'] = (_root, { id }, { loaders }) =>
  loaders.templates.load(id);
