import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const updateWebhookEndpoint: MutationResolvers['updateWebhookEndpoint'] = (
  _root,
  { input },
  { services, viewer },
) => services.webhookEndpoints.update(viewer, input);
