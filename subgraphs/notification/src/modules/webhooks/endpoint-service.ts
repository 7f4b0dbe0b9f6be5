import type { Viewer } from '@flowmesh/platform/access';
import {
  decodeCursor,
  pageSize,
  toConnection,
  type KeysetOrder,
  type PageArguments,
} from '@flowmesh/platform/connections';
import { newWebhookSecret, type AddressRules } from '@flowmesh/platform/http';
import { newId } from '@flowmesh/platform/ids';
import { conflict, invalidFields, invalidInput, notFound } from '@flowmesh/platform/validation';
import { checkUrlRecipient } from '../../channels/recipients.ts';
import { replaceSecret } from '../../channels/webhook/signing-secrets.ts';
import { signedIn } from '../notifications/notification-access.ts';
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

const ORDER: KeysetOrder<'createdAt'> = {
  list: 'webhookEndpoints',
  field: 'createdAt',
  direction: 'DESC',
  type: 'date',
};
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

  async list(viewer: Viewer, disabled: boolean | null, args: PageArguments) {
    const { userId } = signedIn(viewer);
    const cursor = args.after == null ? null : decodeCursor(args.after, ORDER);
    const rows = await this.store.page(userId, disabled, cursor, ORDER, pageSize(args) + 1);
    return toConnection(rows, args, ORDER, () => this.store.count(userId, disabled));
  }

  async create(viewer: Viewer, input: CreateWebhookEndpointInput) {
    const { userId } = signedIn(viewer);
    const shape = createShape.safeParse(input);
    const checked = checkUrlRecipient(input.url, this.rules);
    const problems = [
      ...('problem' in checked ? [{ path: 'url', message: checked.problem }] : []),
      ...(shape.error ? invalidFields(shape.error) : []),
    ];
    if (!shape.success || 'problem' in checked) return invalidInput(problems);
    if ((await this.store.count(userId, null)) >= MAX_ENDPOINTS) {
      return conflict(`You may have at most ${MAX_ENDPOINTS} endpoints.`);
    }
    const { description = null, headers, secret } = shape.data;
    const endpoint = { id: newId(), userId, url: checked.recipient, description };
    const signingSecret = secret ?? newWebhookSecret();
    const created = await this.store.create(endpoint, { signingSecret, headers: toHeaders(headers) });
    if (!created) return endpointTaken(endpoint.url);
    return this.shown('CreateWebhookEndpointSuccess', viewer, endpoint.id, { secret: signingSecret });
  }

  async update(viewer: Viewer, input: UpdateWebhookEndpointInput) {
    const shape = updateShape.safeParse(input);
    if (!shape.success) return invalidInput(invalidFields(shape.error));
    const { id, description, headers } = shape.data;
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
    const shape = rotateShape.safeParse(input);
    if (!shape.success) return invalidInput(invalidFields(shape.error));
    const { id, overlapSeconds, secret: given } = shape.data;
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
