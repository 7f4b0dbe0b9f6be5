import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const stopInboundWebhooks: MutationResolvers['stopInboundWebhooks'] = (_root, { input }, context) =>
  context.services.webhooks.stop(context.viewer, input);
