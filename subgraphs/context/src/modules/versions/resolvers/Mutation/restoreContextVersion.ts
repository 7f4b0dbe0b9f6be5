import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const restoreContextVersion: MutationResolvers['restoreContextVersion'] = (
  _root,
  { input },
  { services, viewer },
) => services.versions.restore(viewer, input);
