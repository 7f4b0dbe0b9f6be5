import type { Connection } from '@flowmesh/platform/connections';
import type { EndpointRecord } from './endpoint-record.ts';

export type WebhookEndpointMapper = EndpointRecord;
export type WebhookEndpointConnectionMapper = Connection<EndpointRecord>;
