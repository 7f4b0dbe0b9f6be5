import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const beginIntegrationAuthorization: MutationResolvers['beginIntegrationAuthorization'] = (
  _root,
  { input },
  context,
) => context.services.authorization.begin(context.viewer, input);
