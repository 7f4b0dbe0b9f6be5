import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const configureInboundWebhooks: MutationResolvers['configureInboundWebhooks'] = (_root, { input }, context) =>
  context.services.webhooks.configure(context.viewer, input);
