import { DeliveryFailure } from '../../adapters/channel-adapter.ts';
import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { look, mutate, send, sent } from '../../testing/operations.ts';
import { DELIVERED, ScriptedAdapter } from '../../testing/scripted-adapter.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const admin = userOf('root', 'notification:read-any', 'notification:send-any');

let tested: NotificationUnderTest;
let running: NotificationProcess;
/** Recipients that refuse for now. */
const refusing = new Set<string>();
let adapter: ScriptedAdapter;

beforeAll(async () => {
  tested = await prepareNotifications();
  const refusal = new DeliveryFailure('HTTP 400', { code: 'HTTP_STATUS', retryable: false });
  adapter = new ScriptedAdapter('WEBHOOK', 'SCRIPTED', ({ recipient }) =>
    refusing.has(recipient) ? refusal : DELIVERED,
  );
  await tested.provider({ channel: 'WEBHOOK', provider: 'SCRIPTED' });
  running = await tested.process({ adapters: [adapter] });
});

afterAll(() => tested?.stop());

const tomorrow = () => new Date(Date.now() + 86_400_000);
const change = (name: string, input: object, viewer = ada, selection = 'notification { id status }') =>
  mutate(running, viewer, name, input, selection, '');

const becomes = (id: string, status: string) =>
  until(`${id} ${status}`, async () => {
    const found = await look(running, ada, id);
    return found?.status === status ? found : null;
  });

test('a scheduled notification waits for its time, and can be taken back until then', async () => {
  const scheduledAt = tomorrow();
  const id = await sent(running, ada, { recipient: 'later', scheduledAt, timeZone: 'Europe/Amsterdam' });
  expect(await look(running, ada, id)).toMatchObject({ status: 'SCHEDULED', nextAttemptAt: scheduledAt });
  expect(await change('cancelNotification', { id })).toMatchObject({ notification: { id, status: 'CANCELLED' } });
  expect(await look(running, ada, id)).toMatchObject({ status: 'CANCELLED', completedAt: expect.any(Date) });
  expect(await change('cancelNotification', { id })).toMatchObject({
    __typename: 'NotificationStateError',
    code: 'NOTIFICATION_NOT_CANCELLABLE',
  });
  // Its time comes, and nothing is sent.
  await tested.pool.query(`update notifications set available_at = now() where id = $1`, [id]);
  const other = await sent(running, ada, { recipient: 'other' });
  await becomes(other, 'DELIVERED');
  expect(adapter.to('later')).toEqual([]);
});

test('one that is due by its schedule goes on by itself', async () => {
  const id = await sent(running, ada, { recipient: 'soon', scheduledAt: new Date(Date.now() + 1_000) });
  expect(await becomes(id, 'DELIVERED')).toMatchObject({ attempts: 1 });
});

test('what has not been sent in time expires', async () => {
  const id = await sent(running, ada, { recipient: 'too late', scheduledAt: tomorrow() });
  await tested.pool.query(`update notifications set expires_at = now() - interval '1 second' where id = $1`, [id]);
  expect(await becomes(id, 'EXPIRED')).toMatchObject({ completedAt: expect.any(Date), attempts: 0 });
  expect(adapter.to('too late')).toEqual([]);
});

test('a failed one is sent again with the same id, and only a failed one', async () => {
  refusing.add('shut');
  const id = await sent(running, ada, { recipient: 'shut' });
  await becomes(id, 'FAILED');
  refusing.delete('shut');
  expect(await change('retryNotification', { id })).toMatchObject({ notification: { id, status: 'QUEUED' } });
  expect(await becomes(id, 'DELIVERED')).toMatchObject({
    attempts: 2,
    deliveries: [
      { attempt: 1, status: 'FAILED' },
      { attempt: 2, status: 'DELIVERED' },
    ],
  });
  expect(adapter.to('shut').map(({ notificationId }) => notificationId)).toEqual([id, id]);
  expect(await change('retryNotification', { id })).toMatchObject({ code: 'NOTIFICATION_NOT_RETRYABLE' });
});

test('all failed ones that fit are sent again together, nobody else’s', async () => {
  refusing.add('down');
  const mine = await Promise.all([1, 2, 3].map(() => sent(running, ada, { recipient: 'down' })));
  const theirs = await sent(running, bob, { recipient: 'down' });
  for (const id of mine) await becomes(id, 'FAILED');
  await until('the other one', async () => (await look(running, bob, theirs))?.status === 'FAILED');
  refusing.delete('down');
  const retry = (viewer = ada) => change('retryFailedNotifications', { recipient: 'down' }, viewer, 'retried');
  expect(await retry()).toEqual({ __typename: 'RetryFailedNotificationsSuccess', retried: 3 });
  for (const id of mine) await becomes(id, 'DELIVERED');
  expect(await retry()).toMatchObject({ retried: 0 });
  expect(await look(running, bob, theirs)).toMatchObject({ status: 'FAILED' });
});

test('a replay is a new notification with the same content', async () => {
  const id = await sent(running, ada, { recipient: 'again', subject: 'Hi', metadata: { a: 1 } });
  await becomes(id, 'DELIVERED');
  const selection = 'notification { id replayOf { id } } created';
  const input = { id, idempotencyKey: 'replay-1' };
  const [one, two] = [
    await change('replayNotification', input, ada, selection),
    await change('replayNotification', input, ada, selection),
  ];
  expect(one).toMatchObject({ notification: { replayOf: { id } }, created: true });
  expect(two).toEqual({ ...one, created: false });
  const another = await sent(running, ada, { recipient: 'again too' });
  await becomes(another, 'DELIVERED');
  expect(await change('replayNotification', { ...input, id: another }, ada, selection)).toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  });
  await becomes(one.notification!.id, 'DELIVERED');
  const [first, second] = adapter.to('again');
  expect(second).toEqual({ ...first, notificationId: one.notification!.id, createdAt: expect.any(Date) });
  expect(one.notification!.id).not.toBe(id);
});

test('a recipient that wanted nothing any more can be enabled by who found out, and by nobody else', async () => {
  const id = await sent(running, ada, { recipient: 'gone' });
  await becomes(id, 'DELIVERED');
  await tested.pool.query(
    `insert into disabled_recipients (channel, recipient, reason, notification_id) values ('WEBHOOK', 'gone', '410', $1)`,
    [id],
  );
  const input = { channel: 'WEBHOOK', recipient: 'gone' };
  const enable = (viewer = ada) => change('enableNotificationRecipient', input, viewer, 'recipient');
  expect(await send(running, bob, { recipient: 'gone' })).toMatchObject({ code: 'NOTIFICATION_RECIPIENT_DISABLED' });
  expect(await change('replayNotification', { id })).toMatchObject({ code: 'NOTIFICATION_RECIPIENT_DISABLED' });
  expect(await enable(bob)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await enable()).toMatchObject({ recipient: 'gone' });
  expect(await enable()).toMatchObject({ code: 'NOT_FOUND' });
  expect(await send(running, bob, { recipient: 'gone' })).toMatchObject({ created: true });
});

test('others neither see nor change what is not theirs; the addressee sees it', async () => {
  const result = await send(running, admin, { userId: 'bob', recipient: 'for bob', scheduledAt: tomorrow() });
  const id = result.notification!.id;
  expect(await look(running, ada, id)).toBeNull();
  expect(await look(running, bob, id)).toMatchObject({ id });
  for (const viewer of [ada, bob]) {
    for (const name of ['cancelNotification', 'retryNotification', 'replayNotification']) {
      expect(await change(name, { id }, viewer)).toMatchObject({ code: 'NOT_FOUND' });
    }
  }
  expect(await look(running, bob, id)).toMatchObject({ status: 'SCHEDULED' });
  expect(await change('cancelNotification', { id }, userOf('else', 'notification:send-any'))).toMatchObject({
    notification: { status: 'CANCELLED' },
  });
});
