import { signedIn } from '@flowmesh/platform/access';
import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const contextLayer: QueryResolvers['contextLayer'] = async (_root, { id }, { services, loaders, viewer }) => {
  const layer = await loaders.layers.load(id);
  if (layer) services.accesses.note(layer.contextId, signedIn(viewer).userId, layer.id);
  return layer;
};
