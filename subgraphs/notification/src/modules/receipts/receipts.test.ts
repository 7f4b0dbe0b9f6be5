import {
  startTwilioDouble,
  TWILIO_ACCOUNT,
  type TwilioDouble,
  type TwilioReport,
} from '../../testing/doubles/twilio-double.ts';
import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { look, send, sent } from '../../testing/operations.ts';

const ada = userOf('ada');
let tested: NotificationUnderTest;
let running: NotificationProcess;
let twilio: TwilioDouble;
let numbers = 1_000;

beforeAll(async () => {
  twilio = await startTwilioDouble();
  tested = await prepareNotifications();
  const settings = { ...TWILIO_ACCOUNT, baseUrl: twilio.url, from: '+14155550100', messagingServiceSid: null };
  await tested.provider({ channel: 'SMS', provider: 'TWILIO', settings });
  running = await tested.process();
});

afterAll(async () => {
  await tested?.stop();
  await twilio?.stop();
});

const newNumber = () => `+1415555${(numbers += 1)}`;

/** Posts a report as it would arrive through a proxy; the status of the answer. */
async function post(
  { method, path, body, headers }: TwilioReport,
  change: RequestInit & { readonly path?: string } = {},
): Promise<number> {
  const answer = await fetch(`${running.url}${change.path ?? path}`, { method, body, headers, ...change });
  return answer.status;
}

/** One that Twilio has taken. */
async function taken(recipient = newNumber()) {
  const id = await sent(running, ada, { channel: 'SMS', recipient });
  const message = await until('the message', () => twilio.messages.find(({ to }) => to === recipient));
  await until('SENT', async () => (await look(running, ada, id))?.status === 'SENT');
  return { id, message };
}

const state = async (id: string) => {
  const found = await look(running, ada, id);
  return { status: found?.status, error: found?.error ?? null, log: found?.deliveries.map(({ status }) => status) };
};

const eventsOf = async (id: string) => {
  const { rows } = await tested.pool.query<{ type: string }>(
    'select type from outbox_events where stream = $1 order by stream_seq',
    [`notification:${id}`],
  );
  return rows.map(({ type }) => type.replace('notification.', ''));
};

const TAKEN = ['created', 'queued', 'sending', 'sent'];

test('a report of the way changes nothing, the arrival is told once, however often it is reported', async () => {
  const { id, message } = await taken();
  for (const status of ['queued', 'sent', 'delivered', 'delivered', 'sent', 'failed']) {
    expect(await post(twilio.report(message, status))).toBe(204);
  }
  expect(await state(id)).toEqual({ status: 'DELIVERED', error: null, log: ['DELIVERED'] });
  expect(await eventsOf(id)).toEqual([...TAKEN, 'delivered']);
});

test('a failure is told with its reason, and gives way to an arrival of the same message', async () => {
  const { id, message } = await taken();
  expect(await post(twilio.report(message, 'undelivered', 30003))).toBe(204);
  const error = { code: 'UNREACHABLE', message: 'Twilio reported undelivered (30003)', retryable: false };
  expect(await state(id)).toEqual({ status: 'FAILED', error, log: ['FAILED'] });
  expect(await post(twilio.report(message, 'delivered'))).toBe(204);
  expect(await state(id)).toEqual({ status: 'DELIVERED', error: null, log: ['DELIVERED'] });
  expect(await eventsOf(id)).toEqual([...TAKEN, 'failed', 'delivered']);
});

test('a number that opted out gets nothing further', async () => {
  const recipient = newNumber();
  const { id, message } = await taken(recipient);
  expect(await post(twilio.report(message, 'failed', 21610))).toBe(204);
  expect(await state(id)).toMatchObject({ status: 'FAILED', error: { code: 'OPTED_OUT' } });
  expect(
    await send(running, ada, { channel: 'SMS', recipient: recipient.replace('+1415', '+1 (415) ') }),
  ).toMatchObject({
    __typename: 'NotificationRecipientDisabledError',
  });
});

test('a report that comes before the message is known to be sent waits for it', async () => {
  // While Twilio answers, it reports already.
  const recipient = newNumber();
  const reported: number[] = [];
  twilio.onTaken(async (message) => {
    if (message.to === recipient) reported.push(await post(twilio.report(message, 'delivered')));
  });
  const id = await sent(running, ada, { channel: 'SMS', recipient });
  await until('DELIVERED', async () => (await state(id)).status === 'DELIVERED');
  expect(reported).toEqual([204]);
  expect(await eventsOf(id)).toEqual([...TAKEN, 'delivered']);
});

test('what is reported of another message changes nothing', async () => {
  const { id, message } = await taken();
  expect(await post(twilio.report({ ...message, sid: `SM${'f'.repeat(32)}` }, 'failed', 30008))).toBe(204);
  expect((await state(id)).status).toBe('SENT');
  expect(await post(twilio.report(message, 'delivered'))).toBe(204);
  expect((await state(id)).status).toBe('DELIVERED');
});

test('what is not signed by our account is not believed, and leaves nothing behind', async () => {
  const { id, message } = await taken();
  const report = twilio.report(message, 'delivered');
  const { headers, body, path } = report;
  const other = twilio.report({ ...message, statusCallback: 'https://evil.test/x' }, 'delivered');
  expect(await post(report, { headers: { 'content-type': headers['content-type'] } })).toBe(403);
  expect(await post(report, { headers: { ...headers, 'x-twilio-signature': 'nonsense' } })).toBe(403);
  expect(
    await post(report, { headers: { ...headers, 'x-twilio-signature': other.headers['x-twilio-signature'] } }),
  ).toBe(403);
  expect(await post(report, { body: body.replace('delivered', 'failed') })).toBe(403);
  expect(await post(report, { body: body.replace(TWILIO_ACCOUNT.accountSid, `AC${'9'.repeat(32)}`) })).toBe(403);
  expect(await post(report, { path: `${path}?more=1` })).toBe(403);
  expect(await post(report, { headers: { ...headers, 'content-type': 'application/json' }, body: '{}' })).toBe(403);
  expect(await post(report, { body: 'x'.repeat(70_000) })).toBe(413);
  expect((await state(id)).status).toBe('SENT');
  const { rows } = await tested.pool.query('select 1 from provider_reports where provider_message_id = $1', [
    message.sid,
  ]);
  expect(rows).toEqual([]);
});
