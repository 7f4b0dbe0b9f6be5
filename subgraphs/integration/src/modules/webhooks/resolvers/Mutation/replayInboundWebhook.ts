import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const replayInboundWebhook: MutationResolvers['replayInboundWebhook'] = (_root, { input }, context) =>
  context.services.webhooks.replay(context.viewer, input);
