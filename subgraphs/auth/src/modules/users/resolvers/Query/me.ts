import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const me: QueryResolvers['me'] = (_parent, _args, { viewer, loaders }) =>
  viewer.kind === 'user' || viewer.kind === 'api-key' ? loaders.user.load(viewer.userId) : null;
