import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const testIntegrationClient: MutationResolvers['testIntegrationClient'] = (
  _root,
  { input },
  { services, viewer },
) => services.clients.test(viewer, input);
