import { webhookTargetSecret } from '@flowmesh/platform/http';
import { Webhook } from 'standardwebhooks';
import { HttpDouble, type HttpCall } from '@flowmesh/platform/testing';
import type { GraphClient } from './graph.ts';
import type { ProductAddress } from './test-config.ts';
import { administrator, makeUser, unique, type TestUser } from './users.ts';

/** Mutations that one request may hold. */
const MUTATIONS_AT_ONCE = 20;
const REQUESTS_AT_ONCE = 5;

export const SIGNING_SECRET = `whsec_${Buffer.from('a secret that only tests know').toString('base64')}`;

/** Configures a provider as an administrator; limits are far away unless given. */
export async function configureChannel(product: ProductAddress, input: object): Promise<void> {
  const { graph } = await administrator(product);
  const result = await graph.mutate<{ __typename: string }>(
    `mutation Configure($input: ConfigureNotificationChannelInput!) {
      configureNotificationChannel(input: $input) {
        __typename
        ... on MutationError { message }
        ... on InvalidInputError { fields { path message } }
      }
    }`,
    { input: { rateLimitPerMinute: 1_000_000, ...input } },
  );
  if (result.__typename !== 'ConfigureNotificationChannelSuccess') throw new Error(JSON.stringify(result));
}

/** Webhooks signed with a secret of the tests. */
export const configureWebhooks = (product: ProductAddress, input: object = {}): Promise<void> =>
  configureChannel(product, { channel: 'WEBHOOK', webhook: { signingSecret: SIGNING_SECRET }, ...input });

/** A member who has these scopes, too: by default they may send to any recipient. */
export async function makeSender(
  product: ProductAddress,
  scopes: readonly string[] = ['notification:send-anywhere'],
): Promise<TestUser> {
  const admin = await administrator(product);
  const name = unique('sender');
  await admin.graph.mutate('mutation Make($input: CreateRoleInput!) { createRole(input: $input) { __typename } }', {
    input: { name, scopes },
  });
  return makeUser(product, { roles: ['member', name] });
}

/** Ids of notifications that must be accepted, one for each input. */
export async function sendNotifications(user: GraphClient, inputs: readonly object[]): Promise<string[]> {
  const ids: string[] = [];
  const batches = [...inputs.keys()].filter((index) => index % MUTATIONS_AT_ONCE === 0);
  const next = batches.values();
  const work = async () => {
    for (const start of next) {
      const batch = inputs.slice(start, start + MUTATIONS_AT_ONCE);
      const variables = Object.fromEntries(batch.map((input, index) => [`input${index}`, input]));
      const parameters = batch.map((_, index) => `$input${index}: SendNotificationInput!`).join(', ');
      const fields = batch.map(
        (_, index) => `sent${index}: sendNotification(input: $input${index}) {
          ... on SendNotificationSuccess { notification { id } } ... on MutationError { message }
        }`,
      );
      const data = await user.query<Record<string, { notification?: { id: string } }>>(
        `mutation Send(${parameters}) { ${fields.join(' ')} }`,
        variables,
      );
      batch.forEach((_, index) => {
        const id = data[`sent${index}`]?.notification?.id;
        if (!id) throw new Error(JSON.stringify(data));
        ids[start + index] = id;
      });
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
  return ids;
}

export interface ReceivedWebhook {
  readonly id: string;
  readonly call: HttpCall;
  /** What was signed; null when the signature is not that of the address. */
  readonly verified: unknown;
}

/** A receiver of webhooks that checks each signature as receivers do. */
export class WebhookReceiver {
  readonly received: ReceivedWebhook[] = [];

  private constructor(private readonly double: HttpDouble) {}

  /** `answer` says what the receiver answers, by default 204 at once. */
  static async start(
    answer: (webhook: ReceivedWebhook) => { status: number; afterMs?: number } = () => ({ status: 204 }),
  ) {
    const double = await HttpDouble.start((call, response) => {
      const webhook = {
        id: String(call.headers['webhook-id']),
        call,
        verified: verify(new URL(call.path, double.url), call),
      };
      receiver.received.push(webhook);
      const { status, afterMs = 0 } = answer(webhook);
      setTimeout(() => response.writeHead(status).end(), afterMs);
    });
    const receiver = new WebhookReceiver(double);
    return receiver;
  }

  get url(): string {
    return this.double.url;
  }

  stop(): Promise<void> {
    return this.double.stop();
  }
}

function verify(url: URL, { body, headers }: HttpCall): unknown {
  const verifier = new Webhook(webhookTargetSecret(SIGNING_SECRET, url.toString()));
  try {
    return verifier.verify(body, headers as Record<string, string>);
  } catch {
    return null;
  }
}
