import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const rotateIntegrationCredentials: MutationResolvers['rotateIntegrationCredentials'] = (
  _root,
  { input },
  { services, viewer },
) => services.rotation.rotate(viewer, input);
