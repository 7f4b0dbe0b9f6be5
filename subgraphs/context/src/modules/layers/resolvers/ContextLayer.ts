import type { ContextLayerResolvers } from '../../../__generated__/graphql.ts';
import { actorOf } from '../../contexts/actor.ts';

export const ContextLayer: ContextLayerResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.layers.load(id),
  data: ({ id, contextId, version, sizeBytes }, _args, { services, loaders, viewer }) => {
    services.accesses.note(contextId, actorOf(viewer), id);
    return loaders.layerData.load({ id, version, sizeBytes });
  },
};
