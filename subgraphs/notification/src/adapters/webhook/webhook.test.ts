import {
  createAddressRules,
  createGuardedHttp,
  newWebhookSecret,
  webhookHeaders,
  webhookTargetSecret,
} from '@flowmesh/platform/http';
import { Webhook } from 'standardwebhooks';
import { startWebhookReceiver, type WebhookReceiver } from '../../testing/doubles/webhook-receiver.ts';
import { outcomeOf, outgoing } from '../../testing/messages.ts';
import { createWebhookAdapter, type WebhookSigning } from './webhook.ts';

const SECRET = newWebhookSecret();
const http = createGuardedHttp({ rules: createAddressRules(['127.0.0.1']) });
let own: WebhookSigning | null;
const asked: string[][] = [];
const adapter = createWebhookAdapter(http, {
  signingOf: async (userId, url) => {
    asked.push([userId, url]);
    return own;
  },
});
let receiver: WebhookReceiver;

const webhook = (message: object = {}) =>
  outgoing({ channel: 'WEBHOOK', recipient: `${receiver.url}/hook`, ...message });
const send = (message: object = {}, deadlineMs = 10_000) =>
  outcomeOf(
    adapter.send(webhook(message), { signingSecret: SECRET }, { signal: new AbortController().signal, deadlineMs }),
  );
const taken = { providerMessageId: null, delivered: true, response: 'HTTP 204' };

beforeAll(async () => {
  receiver = await startWebhookReceiver(SECRET);
});

beforeEach(() => {
  own = null;
});

afterAll(async () => {
  await http.close();
  await receiver.stop();
});

it('is signed so that the reference library accepts it, and is the same on each attempt', async () => {
  const message = webhook({ subject: 'Build', html: '<b>green</b>', metadata: { team: 'payments' } });
  const before = receiver.received.length;
  expect(await send(message)).toEqual(taken);
  expect(await send({ ...message, attempt: 2 })).toEqual(taken);
  const payload = {
    type: 'notification',
    timestamp: '2026-05-04T03:02:01.000Z',
    data: {
      notificationId: message.notificationId,
      userId: 'user-1',
      subject: 'Build',
      text: 'The build is green.',
      html: '<b>green</b>',
      metadata: { team: 'payments' },
    },
  };
  const once = { id: message.notificationId, payload };
  expect(receiver.received.slice(before)).toEqual([once, once]);
  expect(receiver.calls.at(-1)?.body).toEqual(receiver.calls.at(-2)?.body);
});

it('carries an event of the sender’s own, which only a secret of the endpoint’s own signs', async () => {
  const event = { metadata: { webhook: { type: 'invoice.paid', data: { amount: 12 } } } };
  expect(await send(event)).toEqual({ code: 'CONFIGURATION', retryable: false, blame: 'recipient' });
  own = { secrets: [SECRET], headers: {} };
  expect(await send(event)).toEqual(taken);
  expect(receiver.received.at(-1)?.payload).toEqual({
    type: 'invoice.paid',
    timestamp: '2026-05-04T03:02:01.000Z',
    data: { amount: 12 },
  });
});

it('uses the secrets and headers of the receiver’s own endpoint; while one replaces another, both sign', async () => {
  const message = webhook();
  own = { secrets: [newWebhookSecret(), SECRET], headers: { authorization: 'Bearer abc' } };
  expect(await send(message)).toEqual(taken);
  expect(asked.at(-1)).toEqual(['user-1', message.recipient]);
  const { headers } = receiver.calls.at(-1)!;
  expect(headers.authorization).toBe('Bearer abc');
  expect(String(headers['webhook-signature']).split(' ')).toHaveLength(2);
  own = { secrets: [newWebhookSecret()], headers: {} };
  expect(await send(message)).toMatchObject({ code: 'HTTP_STATUS' });
});

it('an address that is nobody’s endpoint has a secret of its own, by which no call to another one can be forged', async () => {
  expect(await send()).toEqual(taken);
  const { body, headers } = receiver.calls.at(-1)!;
  const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const url = `${receiver.url}/hook`;
  const verifies = (secret: string) => {
    try {
      return new Webhook(secret).verify(body.toString(), signed) !== null;
    } catch {
      return false;
    }
  };
  const secrets = [SECRET, webhookTargetSecret(SECRET, `${url}?a`), webhookTargetSecret(newWebhookSecret(), url)];
  expect(secrets.map(verifies)).toEqual([false, false, false]);
  expect(verifies(webhookTargetSecret(SECRET, url))).toBe(true);
  // What the owner of one address can sign is refused at another.
  const forged = webhookHeaders(webhookTargetSecret(SECRET, url), 'id', '{}');
  expect(() => new Webhook(webhookTargetSecret(SECRET, 'https://victim.test/')).verify('{}', forged)).toThrow();
  expect(webhookTargetSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'https://example.com/hook')).toBe(
    'whsec_+thioHad+w8DLGLjHVKI6eDIZuVFzQnfZMNIIM/U8j0=',
  );
});

const failed = { code: 'HTTP_STATUS', retryable: true, blame: 'recipient' };

it.each([
  [
    { status: 200, body: 'anything' },
    { ...taken, response: 'HTTP 200' },
  ],
  [{ status: 299 }, { ...taken, response: 'HTTP 299' }],
  [{ status: 301, headers: { location: 'https://example.com' } }, failed],
  [{ status: 304 }, failed],
  [{ status: 307, headers: { location: 'http://169.254.169.254/' } }, failed],
  [{ status: 400 }, failed],
  [{ status: 404 }, failed],
  [{ status: 408 }, failed],
  [{ status: 410 }, { code: 'GONE', retryable: false, blame: 'recipient', disablesRecipient: true }],
  [
    { status: 429, headers: { 'retry-after': '120' } },
    { ...failed, code: 'RATE_LIMITED', retryAfterMs: 120_000 },
  ],
  [{ status: 500 }, failed],
  [
    { status: 503, headers: { 'retry-after': '1' } },
    { ...failed, retryAfterMs: 1_000 },
  ],
])('answer %j', async (answer, expected) => {
  receiver.answerNext(answer);
  const calls = receiver.calls.length;
  expect(await send()).toEqual(expected);
  expect(receiver.calls).toHaveLength(calls + 1);
});

it('does not wait longer than the deadline', async () => {
  receiver.answerNext('hang');
  expect(await send({}, 200)).toEqual({ code: 'TIMEOUT', retryable: true, blame: 'recipient' });
});

it('takes the status for the answer, however long the body is', async () => {
  receiver.answerNext({ status: 200, body: 'x'.repeat(1_000_000) });
  expect(await send()).toEqual({ ...taken, response: 'HTTP 200' });
});

it('refuses addresses inside the network and what is no address', async () => {
  const refused = { retryable: false, blame: 'recipient' };
  expect(await send({ recipient: 'http://169.254.169.254/latest' })).toEqual({ ...refused, code: 'BLOCKED_ADDRESS' });
  expect(await send({ recipient: 'ftp://example.com/' })).toEqual({ ...refused, code: 'INVALID_URL' });
  own = { secrets: [SECRET], headers: {} };
  expect(await send({ metadata: { webhook: { type: 'not a type' } } })).toEqual({
    ...refused,
    code: 'INVALID_MESSAGE',
  });
});
