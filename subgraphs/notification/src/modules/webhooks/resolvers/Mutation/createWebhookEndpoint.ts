import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const createWebhookEndpoint: MutationResolvers['createWebhookEndpoint'] = (
  _root,
  { input },
  { services, viewer },
) => services.webhookEndpoints.create(viewer, input);
