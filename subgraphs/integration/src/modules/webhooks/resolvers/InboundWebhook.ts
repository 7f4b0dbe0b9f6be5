import type { InboundWebhookResolvers } from '../../../__generated__/graphql.ts';

export const InboundWebhook: InboundWebhookResolvers = {
  integration: ({ integrationId }, _args, { loaders }) => loaders.integrations.load(integrationId),
};
