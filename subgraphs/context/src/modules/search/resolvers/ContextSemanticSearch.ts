import type { ContextSemanticSearchResolvers } from '../../../__generated__/graphql.ts';

export const ContextSemanticSearch: ContextSemanticSearchResolvers = {
  notEmbedded: ({ notEmbedded }) => notEmbedded(),
};
