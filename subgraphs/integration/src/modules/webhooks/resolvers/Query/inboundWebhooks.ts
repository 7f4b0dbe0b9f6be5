import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const inboundWebhooks: QueryResolvers['inboundWebhooks'] = (_root, args, { services, viewer }) =>
  services.webhooks.list(viewer, args);
