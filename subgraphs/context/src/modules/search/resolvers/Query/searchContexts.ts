import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const searchContexts: QueryResolvers['searchContexts'] = async (
  _root,
  { input, first },
  { services, loaders, viewer },
) => {
  const { hits, method, semantic } = await services.search.search(viewer, input, first ?? 20);
  const found = await Promise.all(
    hits.map(async ({ layerId, contextId, ...hit }) => {
      const [layer, context] = await Promise.all([loaders.layers.load(layerId), loaders.contexts.load(contextId)]);
      return layer && context && { ...hit, layer, context };
    }),
  );
  // What has gone since it was found is no hit.
  return { method, semantic, hits: found.filter((hit) => hit !== null) };
};
