import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { mutate, send, sent } from '../../testing/operations.ts';
import { NotificationStore } from '../notifications/notification-store.ts';
import { sendDigests } from './digest-sender.ts';
import { DigestStore } from './digest-store.ts';

let tested: NotificationUnderTest;
let running: NotificationProcess;
let count = 0;

beforeAll(async () => {
  tested = await prepareNotifications();
  running = await tested.process({}, { worker: false });
});

afterAll(() => tested?.stop());

const store = () => new DigestStore(tested.pool, new NotificationStore(tested.pool));
async function collector(): Promise<string> {
  const user = `collector ${(count += 1)}`;
  const rules = [{ channel: 'IN_APP', category: 'news', digestMinutes: 10 }];
  await mutate(running, userOf(user), 'updateNotificationPreferences', { rules }, 'preferences { version }');
  return user;
}
const tell = (user: string, content: string, more: object = {}) =>
  sent(running, userOf(user), { channel: 'IN_APP', category: 'news', content, ...more });
const due = (user: string) =>
  tested.pool.query(`update notification_digests set due_at = now() - interval '1 second' where user_id = $1`, [user]);
const rowsOf = async (user: string) =>
  (
    await tested.pool.query<{ id: string; content: string; status: string; digest_id: string | null }>(
      'select id, content, status, digest_id from notifications where user_id = $1 order by created_at, id',
      [user],
    )
  ).rows;
/** Those that go out themselves. */
const digestsOf = async (user: string) => (await rowsOf(user)).filter(({ digest_id }) => digest_id === null);

test('what comes within the window is sent as one, in order, once, however many processes are at it', async () => {
  const user = await collector();
  for (const content of ['a', 'b', 'c']) await tell(user, content, { subject: `about ${content}` });
  expect((await rowsOf(user)).map(({ status }) => status)).toEqual(['SCHEDULED', 'SCHEDULED', 'SCHEDULED']);
  expect(await sendDigests(store())).toBe(0);
  await due(user);
  await Promise.all([1, 2, 3, 4].map(() => sendDigests(store())));
  const rows = await rowsOf(user);
  const digests = rows.filter(({ digest_id }) => digest_id === null);
  expect(digests.map(({ content, status }) => [content, status])).toEqual([
    ['about a\na\n\nabout b\nb\n\nabout c\nc', 'QUEUED'],
  ]);
  expect(rows.filter(({ status, digest_id }) => status === 'SENT' && digest_id === digests[0]?.id)).toHaveLength(3);
});

test('many at once belong to one window; the next one begins when it is sent', async () => {
  const user = await collector();
  await Promise.all(Array.from({ length: 20 }, (_, n) => tell(user, `item ${n}`)));
  expect(new Set((await rowsOf(user)).map(({ digest_id }) => digest_id)).size).toBe(1);
  await due(user);
  // While it is sent more come: each is in this window or in the next, none is lost, none is told twice.
  await Promise.all([sendDigests(store()), ...Array.from({ length: 10 }, (_, n) => tell(user, `more ${n}`))]);
  await due(user);
  await sendDigests(store());
  await due(user);
  await sendDigests(store());
  const told = (await digestsOf(user)).flatMap(({ content }) => content.split('\n\n'));
  const all = [
    ...Array.from({ length: 20 }, (_, n) => `item ${n}`),
    ...Array.from({ length: 10 }, (_, n) => `more ${n}`),
  ];
  expect(told.sort()).toEqual(all.sort());
});

test('a process that dies while it sends leaves everything as it was', async () => {
  const user = await collector();
  await tell(user, 'kept');
  await due(user);
  const dying = store().sendDue(() => {
    throw new Error('killed');
  });
  await expect(dying).rejects.toThrow('killed');
  expect((await rowsOf(user)).map(({ status }) => status)).toEqual(['SCHEDULED']);
  await sendDigests(store());
  expect((await digestsOf(user)).map(({ content }) => content)).toEqual(['kept']);
});

test('what was cancelled is left out, other categories and CRITICAL ones go at once, keys are told once', async () => {
  const user = await collector();
  const gone = await tell(user, 'gone');
  await tell(user, 'once', { idempotencyKey: 'k' });
  expect(
    await send(running, userOf(user), { channel: 'IN_APP', category: 'news', content: 'once', idempotencyKey: 'k' }),
  ).toMatchObject({ created: false });
  const cancel = 'mutation M($id: ID!) { cancelNotification(input: { id: $id }) { __typename } }';
  await running.ask(userOf(user), cancel, { id: gone });
  await tell(user, 'urgent', { priority: 'CRITICAL' });
  await tell(user, 'other', { category: 'else' });
  await due(user);
  await sendDigests(store());
  expect((await digestsOf(user)).map(({ content }) => content).sort()).toEqual(['once', 'other', 'urgent']);
  expect((await rowsOf(user)).find(({ id }) => id === gone)?.status).toBe('CANCELLED');
});
