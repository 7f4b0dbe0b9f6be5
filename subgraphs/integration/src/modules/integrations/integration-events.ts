import type { NewEvent } from '@flowmesh/platform/events';
import type { CircuitState } from '@flowmesh/platform/resilience';

/** What an event tells of an integration. */
export interface ToldIntegration {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly version: number;
}

/** Payload, version 1, of `integration.registered`, `integration.updated` and `integration.deleted`. */
export interface IntegrationChangedPayload {
  readonly integrationId: string;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly version: number;
}

export const INTEGRATION_EVENT = {
  registered: 'integration.registered',
  updated: 'integration.updated',
  deleted: 'integration.deleted',
  /** Its credentials were exchanged, or the previous ones brought back. */
  credentialsRotated: 'integration.credentials.rotated',
  credentialsReverted: 'integration.credentials.reverted',
  /** Its service has reported something, or a report was published again. */
  webhookReceived: 'integration.webhook.received',
  /** Its checks began to fail or to succeed, or its circuit has changed. */
  healthChanged: 'integration.health.changed',
  /** It became unhealthy, or its circuit opened. */
  degraded: 'integration.degraded',
} as const;

function integrationEvent(type: string, integration: ToldIntegration): NewEvent<IntegrationChangedPayload> {
  const { id: integrationId, ownerId, name, status, version } = integration;
  return {
    type,
    version: 1,
    stream: `integration:${integrationId}`,
    ownerId,
    payload: { integrationId, name, type: integration.type, status, version },
  };
}

export const integrationRegistered = (told: ToldIntegration) => integrationEvent(INTEGRATION_EVENT.registered, told);
export const integrationUpdated = (told: ToldIntegration) => integrationEvent(INTEGRATION_EVENT.updated, told);
export const integrationDeleted = (told: ToldIntegration) => integrationEvent(INTEGRATION_EVENT.deleted, told);

/** Payload, version 1, of `integration.credentials.rotated` and `integration.credentials.reverted`. */
export interface CredentialsRotatedPayload extends IntegrationChangedPayload {
  /** Who did it. */
  readonly userId: string;
  /** Until when the previous ones can be brought back. */
  readonly previousUntil: string | null;
}

type RotatedIntegration = ToldIntegration & { readonly previousSecretsUntil: Date | null };

const rotationEvent =
  (type: string, userId: string) =>
  (told: RotatedIntegration): NewEvent<CredentialsRotatedPayload> => {
    const event = integrationEvent(type, told);
    const previousUntil = told.previousSecretsUntil?.toISOString() ?? null;
    return { ...event, payload: { ...event.payload, userId, previousUntil } };
  };

export const credentialsRotated = (userId: string) => rotationEvent(INTEGRATION_EVENT.credentialsRotated, userId);
export const credentialsReverted = (userId: string) => rotationEvent(INTEGRATION_EVENT.credentialsReverted, userId);

/** Why health has changed. */
export type HealthCause = 'CHECK' | 'CIRCUIT';

/** Payload, version 1, of `integration.health.changed` and `integration.degraded`. */
export interface HealthChangedPayload {
  /** Of `integration`. */
  readonly integrationId: string;
  readonly name: string;
  /** An `IntegrationType`. */
  readonly type: string;
  /** What has changed: its checks, or its circuit. */
  readonly cause: HealthCause;
  readonly healthy: boolean;
  readonly circuit: CircuitState;
  /** Of the check that failed. */
  readonly error: string | null;
}

/** A change of health, and word of it for those who only want to know of trouble. */
export function healthEvents(
  told: Pick<ToldIntegration, 'id' | 'ownerId' | 'name' | 'type'>,
  change: Pick<HealthChangedPayload, 'cause' | 'healthy' | 'circuit' | 'error'>,
): NewEvent<HealthChangedPayload>[] {
  const { id: integrationId, ownerId, name, type } = told;
  const payload = { integrationId, name, type, ...change };
  const event = { version: 1, stream: `integration:${integrationId}`, ownerId, payload };
  const isTrouble = change.cause === 'CHECK' ? !change.healthy : change.circuit === 'OPEN';
  const types = [INTEGRATION_EVENT.healthChanged, ...(isTrouble ? [INTEGRATION_EVENT.degraded] : [])];
  return types.map((each) => ({ ...event, type: each }));
}

/** Payload, version 1, of `integration.webhook.received`. The body stays in the database: `inboundWebhook(id)`. */
export interface WebhookReceivedPayload {
  readonly integrationId: string;
  /** Of `inboundWebhook`, which has the body. */
  readonly webhookId: string;
  /** By which the service tells deliveries apart. */
  readonly deliveryId: string;
  /** In words of the service. */
  readonly type: string | null;
  /** 0 when it was received, then counts up. */
  readonly replay: number;
}

export function webhookReceived(webhook: {
  readonly id: string;
  readonly integrationId: string;
  readonly ownerId: string;
  readonly deliveryId: string;
  readonly type: string | null;
  readonly replays: number;
}): NewEvent<WebhookReceivedPayload> {
  const { id: webhookId, integrationId, ownerId, deliveryId, type, replays: replay } = webhook;
  return {
    type: INTEGRATION_EVENT.webhookReceived,
    version: 1,
    stream: `integration:${integrationId}`,
    ownerId,
    payload: { integrationId, webhookId, deliveryId, type, replay },
  };
}
