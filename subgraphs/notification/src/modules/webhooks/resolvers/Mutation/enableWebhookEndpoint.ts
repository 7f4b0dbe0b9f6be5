import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const enableWebhookEndpoint: MutationResolvers['enableWebhookEndpoint'] = (
  _root,
  { input },
  { services, viewer },
) => services.webhookEndpoints.enable(viewer, input.id);
