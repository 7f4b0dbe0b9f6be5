import type { ContextLayerResolvers } from '../../../__generated__/graphql.ts';

export const ContextLayer: ContextLayerResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.layers.load(id),
  data: ({ id, version, sizeBytes }, _args, { loaders }) => loaders.layerData.load({ id, version, sizeBytes }),
};
