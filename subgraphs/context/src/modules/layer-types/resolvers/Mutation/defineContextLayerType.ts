import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const defineContextLayerType: MutationResolvers['defineContextLayerType'] = (
  _root,
  { input },
  { services, viewer },
) => services.layerTypes.define(viewer, input);
