import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { listOf, type Connection, type PageArguments } from '@flowmesh/platform/connections';
import { newWebhookSecret, type AddressRules } from '@flowmesh/platform/http';
import { newId } from '@flowmesh/platform/ids';
import { conflict, invalidInput, notFound, parseInput, problemsOf } from '@flowmesh/platform/validation';
import { checkUrlRecipient } from '../../adapters/recipients.ts';
import { replaceSecret } from '../../adapters/webhook/signing-secrets.ts';
import { endpointTaken } from './endpoint-failures.ts';
import {
  createShape,
  rotateShape,
  updateShape,
  type CreateWebhookEndpointInput,
  type RotateWebhookSecretInput,
  type UpdateWebhookEndpointInput,
} from './endpoint-input.ts';
import type { EndpointRecord, EndpointSecrets } from './endpoint-record.ts';
import type { EndpointStore } from './endpoint-store.ts';

/** The newest first. */
const ENDPOINTS = listOf({
  name: 'webhookEndpoints',
  orders: { CREATED_AT: { field: 'createdAt', type: 'date' } },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});
const NO_ENDPOINT = 'You have no such endpoint.';
const MAX_ENDPOINTS = 100;
/** Changes that lose against others are tried again this often. */
const ATTEMPTS = 5;

/** Receivers of a user's webhooks, each with a signing secret that is shown once. */
export class EndpointService {
  constructor(
    private readonly store: EndpointStore,
    private readonly rules: AddressRules,
  ) {}

  find(viewer: Viewer, id: string): Promise<EndpointRecord | null> {
    return id.includes('\0') ? Promise.resolve(null) : this.store.find(signedIn(viewer).userId, id);
  }

  list(viewer: Viewer, disabled: boolean | null, args: PageArguments): Promise<Connection<EndpointRecord>> {
    return ENDPOINTS.page(args, { userId: signedIn(viewer).userId, disabled }, this.store.list);
  }

  async create(viewer: Viewer, input: CreateWebhookEndpointInput) {
    const { userId } = signedIn(viewer);
    const parsed = parseInput(createShape, input);
    const checked = checkUrlRecipient(input.url, this.rules);
    const problems = [
      ...('problem' in checked ? [{ path: 'url', message: checked.problem }] : []),
      ...problemsOf(parsed),
    ];
    if (!parsed.ok || 'problem' in checked) return invalidInput(problems);
    if ((await this.store.list.count({ userId, disabled: null })) >= MAX_ENDPOINTS) {
      return conflict(`You may have at most ${MAX_ENDPOINTS} endpoints.`);
    }
    const { description = null, headers, secret } = parsed.data;
    const endpoint = { id: newId(), userId, url: checked.recipient, description };
    const signingSecret = secret ?? newWebhookSecret();
    const created = await this.store.create(endpoint, { signingSecret, headers: toHeaders(headers) });
    if (!created) return endpointTaken(endpoint.url);
    return this.shown('CreateWebhookEndpointSuccess', viewer, endpoint.id, { secret: signingSecret });
  }

  async update(viewer: Viewer, input: UpdateWebhookEndpointInput) {
    const parsed = parseInput(updateShape, input);
    if (!parsed.ok) return parsed.error;
    const { id, description, headers } = parsed.data;
    return this.change(viewer, id, async (endpoint, secrets) => {
      const next = headers === undefined ? secrets : { ...secrets, headers: toHeaders(headers) };
      const written = await this.store.update(
        endpoint,
        description === undefined ? endpoint.description : description,
        next,
      );
      return written ? this.shown('UpdateWebhookEndpointSuccess', viewer, id, {}) : null;
    });
  }

  /** The secret before goes on signing beside the new one for a while. */
  async rotate(viewer: Viewer, input: RotateWebhookSecretInput) {
    const parsed = parseInput(rotateShape, input);
    if (!parsed.ok) return parsed.error;
    const { id, overlapSeconds, secret: given } = parsed.data;
    const secret = given ?? newWebhookSecret();
    return this.change(viewer, id, async (endpoint, { headers, ...before }) => {
      const next = { ...replaceSecret(before, secret, overlapSeconds * 1_000), headers };
      const written = await this.store.update(endpoint, endpoint.description, next);
      return written ? this.shown('RotateWebhookSecretSuccess', viewer, id, { secret }) : null;
    });
  }

  async enable(viewer: Viewer, id: string) {
    if (!(await this.find(viewer, id))) return notFound(NO_ENDPOINT);
    await this.store.enable(signedIn(viewer).userId, id);
    return this.shown('EnableWebhookEndpointSuccess', viewer, id, {});
  }

  async remove(viewer: Viewer, id: string) {
    const removed = !id.includes('\0') && (await this.store.remove(signedIn(viewer).userId, id));
    return removed ? { __typename: 'DeleteWebhookEndpointSuccess' as const, endpointId: id } : notFound(NO_ENDPOINT);
  }

  /** Reads and writes until nobody has written in between. */
  private async change<T>(
    viewer: Viewer,
    id: string,
    write: (endpoint: EndpointRecord, secrets: EndpointSecrets) => Promise<T | null>,
  ) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const endpoint = await this.find(viewer, id);
      const secrets = endpoint && (await this.store.secretsOf(id));
      if (!endpoint || !secrets) return notFound(NO_ENDPOINT);
      const outcome = await write(endpoint, secrets);
      if (outcome !== null) return outcome;
    }
    return conflict('Others are changing this endpoint; try again.');
  }

  private async shown<Name extends string, More extends object>(name: Name, viewer: Viewer, id: string, more: More) {
    const endpoint = await this.find(viewer, id);
    return endpoint ? { __typename: name, endpoint, ...more } : notFound(NO_ENDPOINT);
  }
}

/** Checked: every value is a text. */
const toHeaders = (headers: Record<string, unknown> | null | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]));
