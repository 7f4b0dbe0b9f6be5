import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const contextLayerTypes: QueryResolvers['contextLayerTypes'] = (_root, _args, { services, viewer }) =>
  services.layerTypes.list(viewer);
