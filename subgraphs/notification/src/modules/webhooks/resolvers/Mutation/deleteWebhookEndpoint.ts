import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteWebhookEndpoint: MutationResolvers['deleteWebhookEndpoint'] = (
  _root,
  { input },
  { services, viewer },
) => services.webhookEndpoints.remove(viewer, input.id);
