import { isUtf8 } from 'node:buffer';
import { mayTouch, type Viewer } from '@flowmesh/platform/access';
import { listOf, type Connection, type PageArguments } from '@flowmesh/platform/connections';
import { newId } from '@flowmesh/platform/ids';
import type { SecretBox } from '@flowmesh/platform/secrets';
import { invalidInput, notFound, parseInput, problemsOf, textProblem } from '@flowmesh/platform/validation';
import { visibleOwner } from '../integrations/integration-access.ts';
import { webhookReceived } from '../integrations/integration-events.ts';
import { NO_INTEGRATION } from '../integrations/integration-failures.ts';
import type { IntegrationService } from '../integrations/integration-service.ts';
import type { IntegrationStore } from '../integrations/integration-store.ts';
import { configureShape, rulesOf, schemeProblems, type ConfigureInboundWebhooksInput } from './webhook-input.ts';
import type { InboundWebhook, WebhookEndpoint } from './webhook-record.ts';
import { digestOf, WEBHOOK_SCHEMES, type ReportNames, type SignedReport } from './webhook-schemes.ts';
import type { WebhookStore } from './webhook-store.ts';

const INBOUND_WEBHOOKS = listOf({
  name: 'inboundWebhooks',
  orders: { RECEIVED_AT: { field: 'receivedAt', type: 'date' } },
  orderBy: { field: 'RECEIVED_AT', direction: 'DESC' },
});

const MAX_NAME_CHARACTERS = 255;
const NO_WEBHOOK = 'There is no such report, or you may not see it.';
const contextOf = (integrationId: string): string => `webhook-endpoint:${integrationId}`;

const isName = (text: string): boolean => text.length <= MAX_NAME_CHARACTERS && textProblem(text) === null;

/** A webhook is not refused for what its service calls it. */
const storableNames = ({ deliveryId, type }: ReportNames): ReportNames => ({
  deliveryId: isName(deliveryId) ? deliveryId : digestOf(deliveryId),
  type: type !== null && isName(type) ? type : null,
});

export interface WebhookServiceParts {
  readonly store: WebhookStore;
  readonly integrations: IntegrationService;
  readonly registry: IntegrationStore;
  readonly box: SecretBox;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** NOT_FOUND: nothing is expected there. NOT_SIGNED: nothing of it is believed. INVALID: it cannot be stored. */
export type Reception = 'RECEIVED' | 'RECEIVED_BEFORE' | 'NOT_FOUND' | 'NOT_SIGNED' | 'INVALID';

/** What services report, and how it is known that it is they. */
export class WebhookService {
  constructor(private readonly parts: WebhookServiceParts) {}

  /** In the order of the ids; null where no service reports. */
  async endpoints(integrationIds: readonly string[]): Promise<(WebhookEndpoint | null)[]> {
    const found = await this.parts.store.endpoints(integrationIds);
    return integrationIds.map((id) => found.get(id) ?? null);
  }

  list(
    viewer: Viewer,
    args: PageArguments & {
      readonly filter?: { readonly integrationId?: string | null; readonly type?: string | null } | null;
    },
  ): Promise<Connection<InboundWebhook>> {
    return INBOUND_WEBHOOKS.page(args, { ...args.filter, visibleOwner: visibleOwner(viewer) }, this.parts.store);
  }

  async find(viewer: Viewer, id: string): Promise<InboundWebhook | null> {
    const webhook = await this.parts.store.find(id);
    return webhook && mayTouch(viewer, webhook.ownerId, 'integration:read-any') ? webhook : null;
  }

  async configure(viewer: Viewer, input: ConfigureInboundWebhooksInput) {
    const integration = await this.parts.integrations.changeable(viewer, input.id);
    if (!integration) return notFound(NO_INTEGRATION);
    const { id } = integration;
    const before = (await this.parts.store.endpoints([id])).get(id);
    const parsed = parseInput(configureShape, input);
    // Another scheme signs with another secret.
    const kept = before?.scheme === input.scheme ? before.sealedSecret : undefined;
    const missing = input.secret == null && kept === undefined ? [{ path: 'secret', message: 'is required' }] : [];
    const problems = [...problemsOf(parsed), ...schemeProblems(input), ...missing];
    if (!parsed.ok || problems.length > 0) return invalidInput(problems);
    const { secret } = parsed.data;
    const sealedSecret = secret == null ? kept : this.parts.box.seal(secret, contextOf(id));
    if (sealedSecret === undefined) return invalidInput(missing);
    const endpoint = await this.parts.store.configure({ integrationId: id, ...rulesOf(input), sealedSecret });
    return { __typename: 'ConfigureInboundWebhooksSuccess' as const, endpoint, integration };
  }

  async stop(viewer: Viewer, { id }: { readonly id: string }) {
    const integration = await this.parts.integrations.changeable(viewer, id);
    if (!integration) return notFound(NO_INTEGRATION);
    await this.parts.store.stop(id);
    return { __typename: 'StopInboundWebhooksSuccess' as const, integration };
  }

  /** A report of whoever has called; believed when its signature is good. */
  async receive(integrationId: string, report: SignedReport, now = new Date()): Promise<Reception> {
    // No integration has an id that cannot be stored.
    if (textProblem(integrationId)) return 'NOT_FOUND';
    const endpoint = (await this.parts.store.endpoints([integrationId])).get(integrationId);
    const integration = endpoint && (await this.parts.registry.find(integrationId));
    if (!endpoint || integration?.status !== 'ACTIVE') return 'NOT_FOUND';
    const secret = this.parts.box.open(endpoint.sealedSecret, contextOf(integrationId));
    const names = WEBHOOK_SCHEMES[endpoint.scheme](report, secret, endpoint, now);
    if (!names) return 'NOT_SIGNED';
    const body = report.bytes.toString('utf8');
    if (!isUtf8(report.bytes) || textProblem(body)) return 'INVALID';
    const contentType = report.headers['content-type']?.slice(0, MAX_NAME_CHARACTERS) ?? null;
    const { ownerId } = integration;
    const webhook = { id: newId(), integrationId, ownerId, ...storableNames(names), contentType, body };
    if (!(await this.parts.store.receive(webhook, webhookReceived))) return 'RECEIVED_BEFORE';
    this.parts.published();
    return 'RECEIVED';
  }

  async replay(viewer: Viewer, { id }: { readonly id: string }) {
    const found = await this.parts.store.find(id);
    if (!found || !mayTouch(viewer, found.ownerId, 'integration:write-any')) return notFound(NO_WEBHOOK);
    const webhook = await this.parts.store.replay(found, webhookReceived);
    if (!webhook) return notFound(NO_WEBHOOK);
    this.parts.published();
    return { __typename: 'ReplayInboundWebhookSuccess' as const, webhook };
  }
}
