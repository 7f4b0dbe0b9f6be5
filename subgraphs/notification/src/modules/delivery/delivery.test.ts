import { DeliveryFailure } from '../../adapters/channel-adapter.ts';
import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { look, send, sent } from '../../testing/operations.ts';
import { DELIVERED, ScriptedAdapter } from '../../testing/scripted-adapter.ts';

const ada = userOf('ada');

let tested: NotificationUnderTest;
let adapter: ScriptedAdapter;
let running: NotificationProcess;

/** Failed attempts before the message is taken, by recipient. */
const failures = new Map<string, (attempt: number) => DeliveryFailure | null>();

beforeAll(async () => {
  tested = await prepareNotifications();
  adapter = new ScriptedAdapter(
    'WEBHOOK',
    'SCRIPTED',
    ({ recipient, attempt }) => failures.get(recipient)?.(attempt) ?? DELIVERED,
  );
  await tested.provider({ channel: 'WEBHOOK', provider: 'SCRIPTED' });
  running = await tested.process({ adapters: [adapter], settings: { retryScheduleMs: [50, 50, 50] } });
});

afterAll(() => tested?.stop());

const ended = (id: string) =>
  until('the end', async () => {
    const found = await look(running, ada, id);
    return found?.completedAt ? found : null;
  });

test('a notification is stored, sent and delivered, and its log says so', async () => {
  const id = await sent(running, ada, { recipient: 'fine', subject: 'News' });
  expect(await ended(id)).toMatchObject({
    id,
    status: 'DELIVERED',
    attempts: 1,
    retryCount: 0,
    nextAttemptAt: null,
    error: null,
    sentAt: expect.any(Date),
    deliveredAt: expect.any(Date),
    deliveries: [
      { attempt: 1, position: 1, provider: 'SCRIPTED', status: 'DELIVERED', error: null, response: 'HTTP 204' },
    ],
  });
  expect(adapter.to('fine')).toEqual([
    expect.objectContaining({ notificationId: id, attempt: 1, subject: 'News', text: 'Hello', userId: 'ada' }),
  ]);
});

test('what fails is tried again by the schedule, with the same id, until it is taken', async () => {
  const away = new DeliveryFailure('HTTP 503', { code: 'HTTP_STATUS', retryable: true });
  failures.set('slow', (attempt) => (attempt <= 2 ? away : null));
  const id = await sent(running, ada, { recipient: 'slow' });
  const error = { code: 'HTTP_STATUS', message: 'HTTP 503', retryable: true };
  expect(await ended(id)).toMatchObject({
    status: 'DELIVERED',
    attempts: 3,
    retryCount: 2,
    error: null,
    deliveries: [
      { attempt: 1, status: 'FAILED', error, retryCount: 0 },
      { attempt: 2, status: 'FAILED', error, retryCount: 1 },
      { attempt: 3, status: 'DELIVERED', error: null, retryCount: 2 },
    ],
  });
  expect(adapter.to('slow').map(({ notificationId, attempt }) => [notificationId, attempt])).toEqual([
    [id, 1],
    [id, 2],
    [id, 3],
  ]);
});

test('it fails when the schedule is used up, and at once when trying again cannot help', async () => {
  failures.set('down', () => new DeliveryFailure('HTTP 500', { code: 'HTTP_STATUS', retryable: true }));
  failures.set('refusing', () => new DeliveryFailure('HTTP 400', { code: 'HTTP_STATUS', retryable: false }));
  const [down, refusing] = await Promise.all(
    ['down', 'refusing'].map((recipient) => sent(running, ada, { recipient })),
  );
  expect(await ended(down!)).toMatchObject({ status: 'FAILED', attempts: 4, error: { message: 'HTTP 500' } });
  expect(await ended(refusing!)).toMatchObject({ status: 'FAILED', attempts: 1, error: { message: 'HTTP 400' } });
  expect([adapter.to('down').length, adapter.to('refusing').length]).toEqual([4, 1]);
});

test('a recipient that is gone gets nothing further, and senders are told', async () => {
  const gone = new DeliveryFailure('HTTP 410: gone', { code: 'GONE', retryable: false, disablesRecipient: true });
  failures.set('gone', () => gone);
  const id = await sent(running, ada, { recipient: 'gone' });
  expect(await ended(id)).toMatchObject({ status: 'FAILED', error: { code: 'GONE' } });
  expect(await send(running, ada, { recipient: 'gone' })).toEqual({
    __typename: 'NotificationRecipientDisabledError',
    code: 'NOTIFICATION_RECIPIENT_DISABLED',
    message: 'The recipient is disabled: HTTP 410: gone',
  });
  expect(adapter.to('gone')).toHaveLength(1);
});

test('the same idempotency key sends once, whoever asks at the same time', async () => {
  const input = { recipient: 'once', idempotencyKey: 'invoice-7' };
  const results = await Promise.all(Array.from({ length: 5 }, () => send(running, ada, input)));
  const ids = new Set(results.map(({ notification }) => notification?.id));
  expect([ids.size, results.filter(({ created }) => created).length]).toEqual([1, 1]);
  const other = await send(running, userOf('bob'), input);
  expect(other).toMatchObject({ created: true });
  await ended([...ids][0]!);
  await until('the other one', () => adapter.to('once').length === 2);
  expect(
    adapter
      .to('once')
      .map(({ userId }) => userId)
      .sort(),
  ).toEqual(['ada', 'bob']);
});

test('a known key with another message is refused, but for what a confidential one says', async () => {
  const input = { recipient: 'keyed', idempotencyKey: 'invoice-8', metadata: { a: 1, b: 2 } };
  const first = await send(running, ada, input);
  expect(await send(running, ada, { ...input, metadata: { b: 2, a: 1 } })).toMatchObject({ created: false });
  for (const other of [{ content: 'Bye' }, { recipient: 'else' }, { metadata: {} }, { subject: 'Hi' }]) {
    const refused = await send(running, ada, { ...input, ...other });
    expect(refused).toMatchObject({ __typename: 'IdempotencyConflictError', code: 'IDEMPOTENCY_CONFLICT' });
  }
  const secret = { recipient: 'keyed', idempotencyKey: 'code-1', confidential: true };
  const told = await send(running, ada, { ...secret, content: '123456' });
  expect(await send(running, ada, { ...secret, content: '654321' })).toMatchObject({
    created: false,
    notification: { id: told.notification?.id },
  });
  expect(await send(running, ada, { ...secret, recipient: 'else' })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  await ended(first.notification!.id);
});

test('under a known key, what is the default anyway may be said or left out', async () => {
  const input = { recipient: 'keyed', idempotencyKey: 'invoice-9' };
  const defaults = {
    userId: 'ada',
    metadata: {},
    attachments: [],
    priority: 'NORMAL',
    allowTracking: true,
    confidential: false,
  };
  const first = await send(running, ada, input);
  expect(await send(running, ada, { ...input, ...defaults })).toMatchObject({
    created: false,
    notification: { id: first.notification?.id },
  });
  const said = { ...input, ...defaults, idempotencyKey: 'invoice-10' };
  await send(running, ada, said);
  expect(await send(running, ada, { ...input, idempotencyKey: 'invoice-10' })).toMatchObject({ created: false });
  expect(await send(running, ada, { ...said, allowTracking: false })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  await ended(first.notification!.id);
});

test('bad input is refused with everything that is wrong, and nothing is stored', async () => {
  const before = await tested.pool.query('select count(*) from notifications');
  const result = await send(running, ada, {
    userId: 'bob',
    content: '',
    subject: 'two\nlines',
    expiresAt: new Date(Date.now() - 1_000),
  });
  expect(result).toMatchObject({ __typename: 'InvalidInputError' });
  expect(result.fields?.map(({ path }) => path)).toEqual(['subject', 'content']);
  const second = await send(running, ada, { userId: 'bob', expiresAt: new Date(Date.now() - 1_000) });
  expect(second.fields?.map(({ path }) => path)).toEqual(['userId', 'recipient', 'expiresAt']);
  expect((await tested.pool.query('select count(*) from notifications')).rows).toEqual(before.rows);
});
