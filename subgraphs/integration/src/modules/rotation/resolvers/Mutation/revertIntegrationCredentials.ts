import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const revertIntegrationCredentials: MutationResolvers['revertIntegrationCredentials'] = (
  _root,
  { input },
  { services, viewer },
) => services.rotation.revert(viewer, input);
