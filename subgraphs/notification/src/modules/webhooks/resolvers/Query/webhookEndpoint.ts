import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const webhookEndpoint: QueryResolvers['webhookEndpoint'] = (_root, { id }, { services, viewer }) =>
  services.webhookEndpoints.find(viewer, id);
