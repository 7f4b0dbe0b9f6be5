import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const contextLayer: QueryResolvers['contextLayer'] = (_root, { id }, { loaders }) => loaders.layers.load(id);
