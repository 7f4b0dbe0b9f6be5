import { signedIn } from '@flowmesh/platform/access';
import type { ContextLayerResolvers } from '../../../__generated__/graphql.ts';

export const ContextLayer: ContextLayerResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.layers.load(id),
  data: ({ id, contextId, version, sizeBytes }, _args, { services, loaders, viewer }) => {
    services.accesses.note(contextId, signedIn(viewer).userId, id);
    return loaders.layerData.load({ id, version, sizeBytes });
  },
};
