import { connectionResolvers } from '@flowmesh/platform/connections';
import type { Resolvers } from '../../../__generated__/graphql.ts';
import { createWebhookEndpoint } from './Mutation/createWebhookEndpoint.ts';
import { deleteWebhookEndpoint } from './Mutation/deleteWebhookEndpoint.ts';
import { enableWebhookEndpoint } from './Mutation/enableWebhookEndpoint.ts';
import { rotateWebhookSecret } from './Mutation/rotateWebhookSecret.ts';
import { updateWebhookEndpoint } from './Mutation/updateWebhookEndpoint.ts';
import { webhookEndpoint } from './Query/webhookEndpoint.ts';
import { webhookEndpoints } from './Query/webhookEndpoints.ts';

export const webhookResolvers = {
  Query: { webhookEndpoint, webhookEndpoints },
  Mutation: {
    createWebhookEndpoint,
    updateWebhookEndpoint,
    rotateWebhookSecret,
    enableWebhookEndpoint,
    deleteWebhookEndpoint,
  },
  WebhookEndpointConnection: connectionResolvers,
} satisfies Resolvers;
