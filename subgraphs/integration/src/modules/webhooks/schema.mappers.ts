import type { Connection } from '@flowmesh/platform/connections';
import type { InboundWebhook, WebhookEndpoint } from './webhook-record.ts';

export type InboundWebhookMapper = InboundWebhook;
export type InboundWebhookConnectionMapper = Connection<InboundWebhook>;
export type InboundWebhookEndpointMapper = WebhookEndpoint;
