import type { InboundWebhookEndpointResolvers } from '../../../__generated__/graphql.ts';

export const InboundWebhookEndpoint: InboundWebhookEndpointResolvers = {
  url: ({ integrationId }, _args, { services }) => services.webhookUrl(integrationId),
  header: ({ scheme, header }) => (scheme === 'GENERIC' ? header : null),
  prefix: ({ scheme, prefix }) => (scheme === 'GENERIC' ? prefix : null),
  encoding: ({ scheme, encoding }) => (scheme === 'GENERIC' ? encoding : null),
};
