import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const contextDiff: QueryResolvers['contextDiff'] = async (_root, { id, from, to }, { services, loaders }) => {
  const context = await loaders.contexts.load(id);
  return context && services.versions.diff(context, from, to ?? null, (of) => loaders.layersOfContext.load(of.id));
};
