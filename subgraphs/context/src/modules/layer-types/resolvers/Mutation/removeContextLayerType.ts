import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const removeContextLayerType: MutationResolvers['removeContextLayerType'] = (
  _root,
  { input },
  { services, viewer },
) => services.layerTypes.remove(viewer, input);
