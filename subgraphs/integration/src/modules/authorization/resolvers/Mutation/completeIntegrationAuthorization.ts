import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const completeIntegrationAuthorization: MutationResolvers['completeIntegrationAuthorization'] = (
  _root,
  { input },
  context,
) => context.services.authorization.complete(context.viewer, input);
