import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const inboundWebhook: QueryResolvers['inboundWebhook'] = (_root, { id }, { services, viewer }) =>
  services.webhooks.find(viewer, id);
