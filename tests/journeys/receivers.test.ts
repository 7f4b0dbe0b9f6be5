import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSmtpDouble } from '../../subgraphs/notification/src/testing/doubles/smtp-double.ts';
import { configureChannel, configureWebhooks, makeSender, WebhookReceiver } from '../harness/notifications.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { type TestUser } from '../harness/users.ts';

let product: Product;
let smtp: Awaited<ReturnType<typeof startSmtpDouble>>;
let user: TestUser;
const receivers: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  smtp = await startSmtpDouble();
  product = await startProduct({
    env: { NOTIFICATION_RETRY_SCHEDULE: '1s,1s,1s,1s', NOTIFICATION_ATTEMPT_TIMEOUT_SECONDS: '2' },
  });
  await configureWebhooks(product);
  await configureChannel(product, {
    channel: 'EMAIL',
    smtp: { host: smtp.host, port: smtp.port, security: 'OPPORTUNISTIC', from: 'Flowmesh <hello@flowmesh.test>' },
  });
  user = await makeSender(product);
});

afterAll(async () => {
  await product?.stop();
  await smtp?.stop();
  await Promise.all(receivers.map((receiver) => receiver.stop()));
});

const SEND = `mutation Send($input: SendNotificationInput!) {
  sendNotification(input: $input) {
    __typename
    ... on SendNotificationSuccess { notification { id } }
    ... on MutationError { code message }
  }
}`;
const LOOK = `query Look($id: ID!) {
  notification(id: $id) { status attempts error { code } deliveries { attempt status error { code } } }
}`;

interface Shown {
  readonly status: string;
  readonly attempts: number;
  readonly error: { readonly code: string } | null;
  readonly deliveries: readonly { readonly attempt: number; readonly status: string; readonly error: object | null }[];
}

const trySend = (input: object) =>
  user.graph.mutate<{ __typename: string; notification?: { id: string }; code?: string }>(SEND, { input });
async function send(input: object): Promise<string> {
  const sent = await trySend(input);
  if (!sent.notification) throw new Error(JSON.stringify(sent));
  return sent.notification.id;
}
const toWebhook = (recipient: string) => send({ channel: 'WEBHOOK', recipient, content: 'Hello' });
const becomes = (id: string, status: string) =>
  until(
    status,
    async () => {
      const { notification } = await user.graph.query<{ notification: Shown }>(LOOK, { id });
      return notification.status === status ? notification : null;
    },
    { timeoutMs: 30_000 },
  );

/** Answers of a receiver, one after the other, the last one for good; and when each call came. */
async function receiver(...answers: { status: number | null; headers?: () => Record<string, string> }[]) {
  const times: number[] = [];
  const double = await HttpDouble.start((_call, response) => {
    times.push(Date.now());
    const { status, headers } = answers[Math.min(times.length, answers.length) - 1]!;
    // Null: there is never an answer.
    if (status !== null) response.writeHead(status, headers?.() ?? {}).end();
  });
  receivers.push(double);
  return { double, times };
}
const failedWith = (code: string) => ({ status: 'FAILED', error: { code } });
const DELIVERED = { status: 'DELIVERED', error: null };

test('a receiver that fails three times gets the same message a fourth time, signed each time', async () => {
  const answers = [500, 502, 503, 204];
  const hook = await WebhookReceiver.start(({ call }) => ({ status: answers[calls.push(call) - 1] ?? 500 }));
  const calls: unknown[] = [];
  receivers.push(hook);
  const id = await toWebhook(hook.url);
  expect(await becomes(id, 'DELIVERED')).toMatchObject({
    attempts: 4,
    error: null,
    deliveries: [failedWith('HTTP_STATUS'), failedWith('HTTP_STATUS'), failedWith('HTTP_STATUS'), DELIVERED].map(
      (delivery, index) => ({ attempt: index + 1, ...delivery }),
    ),
  });
  expect(hook.received.map((received) => received.id)).toEqual([id, id, id, id]);
  const verified = hook.received.map((received) => received.verified);
  expect(verified).toEqual(verified.map(() => expect.objectContaining({ data: expect.anything() })));
  expect(new Set(hook.received.map(({ call }) => call.body)).size).toBe(1);
});

test('a receiver that hangs is left after the deadline, and tried again', async () => {
  const { double, times } = await receiver({ status: null }, { status: 200 });
  const id = await toWebhook(double.url);
  expect(await becomes(id, 'DELIVERED')).toMatchObject({ attempts: 2, deliveries: [failedWith('TIMEOUT'), DELIVERED] });
  expect(times).toHaveLength(2);
  await until('the first call is given up', () => double.calls[0]?.aborted === true);
});

test('410 ends it at once, and nothing more is accepted for the address until it is enabled', async () => {
  const { double, times } = await receiver({ status: 410 }, { status: 204 });
  const id = await toWebhook(double.url);
  expect(await becomes(id, 'FAILED')).toMatchObject({
    attempts: 1,
    error: { code: 'GONE' },
    deliveries: [failedWith('GONE')],
  });
  expect(await trySend({ channel: 'WEBHOOK', recipient: double.url, content: 'Hello' })).toMatchObject({
    code: 'NOTIFICATION_RECIPIENT_DISABLED',
  });
  expect(times).toHaveLength(1);
  await user.graph.mutate(
    `mutation ($input: EnableNotificationRecipientInput!) { enableNotificationRecipient(input: $input) { __typename } }`,
    { input: { channel: 'WEBHOOK', recipient: double.url } },
  );
  await becomes(await toWebhook(double.url), 'DELIVERED');
  expect(times).toHaveLength(2);
});

describe('429 with Retry-After is heeded', () => {
  test.each([
    ['in seconds', () => '4', 4_000],
    // A date has whole seconds: up to one is lost.
    ['as a date', () => new Date(Date.now() + 5_000).toUTCString(), 4_000],
  ])('%s', async (_form, retryAfter, leastMs) => {
    const limited = { status: 429, headers: () => ({ 'retry-after': retryAfter() }) };
    const { double, times } = await receiver(limited, { status: 204 });
    const id = await toWebhook(double.url);
    expect(await becomes(id, 'DELIVERED')).toMatchObject({
      attempts: 2,
      deliveries: [{ status: 'FAILED' }, DELIVERED],
    });
    // The schedule says one second; hints may be 100 ms early.
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(leastMs - 100);
  });
});

test('a redirect is a failure, and followed nowhere', async () => {
  const elsewhere = await receiver({ status: 204 });
  const redirect = { status: 302, headers: () => ({ location: elsewhere.double.url }) };
  const { double, times } = await receiver(redirect, { status: 204 });
  const id = await toWebhook(double.url);
  expect(await becomes(id, 'DELIVERED')).toMatchObject({
    attempts: 2,
    deliveries: [failedWith('HTTP_STATUS'), DELIVERED],
  });
  expect(times).toHaveLength(2);
  expect(elsewhere.times).toEqual([]);
});

describe('a subscriber sees every status as it comes, and one who connects late sees the same', () => {
  const WATCH = `subscription Watch($id: ID!) {
    notificationDeliveryUpdates(notificationId: $id, after: "0") { cursor notification { id status } }
  }`;
  interface Update {
    readonly notificationDeliveryUpdates: {
      readonly cursor: string;
      readonly notification: { readonly status: string };
    };
  }
  async function watch(id: string) {
    const messages = user.graph.subscribe<Update>(WATCH, { id });
    const seen = [];
    for await (const { notificationDeliveryUpdates: update } of messages) seen.push({ ...update, at: Date.now() });
    messages.close();
    return seen;
  }

  test.each(['EMAIL', 'WEBHOOK'])('%s', async (channel) => {
    const { double } = await receiver({ status: 204 });
    const recipient = channel === 'EMAIL' ? 'live@flowmesh.test' : double.url;
    // A moment ahead, so that the subscriber is there before it is sent.
    const scheduledAt = new Date(Date.now() + 1_500).toISOString();
    const id = await send({ channel, recipient, subject: 'Live', content: 'Hello', scheduledAt });
    const live = await watch(id);
    expect(live.map(({ notification }) => notification.status)).toEqual([
      'PENDING',
      'SCHEDULED',
      'QUEUED',
      'SENDING',
      'SENT',
      'DELIVERED',
    ]);
    // They came while it happened, not at its end.
    expect(live.at(-1)!.at - live[1]!.at).toBeGreaterThan(500);
    const late = await watch(id);
    expect(late.map(({ cursor, notification }) => ({ cursor, notification }))).toEqual(
      live.map(({ cursor, notification }) => ({ cursor, notification })),
    );
    if (channel === 'EMAIL') {
      expect(smtp.received.find(({ to }) => to.includes(recipient))?.mail.text?.trim()).toBe('Hello');
    } else expect(double.calls).toHaveLength(1);
  });
});
