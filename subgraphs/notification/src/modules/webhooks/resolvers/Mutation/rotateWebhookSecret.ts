import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const rotateWebhookSecret: MutationResolvers['rotateWebhookSecret'] = (_root, { input }, { services, viewer }) =>
  services.webhookEndpoints.rotate(viewer, input);
