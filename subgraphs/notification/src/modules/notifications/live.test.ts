import { DeliveryFailure } from '../../adapters/channel-adapter.ts';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { mutate, sent } from '../../testing/operations.ts';
import { SqlList } from '@flowmesh/platform/connections';
import { DELIVERED, ScriptedAdapter } from '../../testing/scripted-adapter.ts';

const ada = userOf('ada');
const UPDATES = `subscription Updates($id: ID!, $after: String) {
  notificationDeliveryUpdates(notificationId: $id, after: $after) {
    cursor
    notification { status attempts sentAt deliveredAt error { code } }
  }
}`;
const NOT_SEEN = 'There is no such notification, or you may not see it.';
const EVENTS = `subscription Events($filter: NotificationEventFilter, $after: String) {
  notificationEvents(filter: $filter, after: $after) { cursor type notificationId status notification { id } }
}`;

interface Update {
  readonly notificationDeliveryUpdates: {
    readonly cursor: string;
    readonly notification: { readonly status: string; readonly attempts: number; readonly error: unknown };
  };
}

interface FeedMessage {
  readonly notificationEvents: {
    readonly cursor: string;
    readonly type: string | null;
    readonly notificationId: string | null;
    readonly status: string | null;
  };
}

let tested: NotificationUnderTest;
let running: NotificationProcess;
let other: NotificationProcess;

beforeAll(async () => {
  tested = await prepareNotifications();
  const away = new DeliveryFailure('HTTP 503', { code: 'HTTP_STATUS', retryable: true });
  const adapter = new ScriptedAdapter('WEBHOOK', 'SCRIPTED', ({ recipient, attempt }) =>
    recipient === 'flaky' && attempt === 1 ? away : DELIVERED,
  );
  await tested.provider({ channel: 'WEBHOOK', provider: 'SCRIPTED' });
  running = await tested.process({ adapters: [adapter], settings: { retryScheduleMs: [50] } });
  other = await tested.process({ adapters: [adapter] }, { worker: false });
});

afterAll(() => tested?.stop());

async function updatesOf(process: NotificationProcess, id: string, after: string | null) {
  const seen: Update['notificationDeliveryUpdates'][] = [];
  for await (const { notificationDeliveryUpdates } of process.messages<Update>(ada, UPDATES, { id, after })) {
    seen.push(notificationDeliveryUpdates);
  }
  return seen;
}

const statusesOf = (updates: readonly Update['notificationDeliveryUpdates'][]) =>
  updates.map(({ notification }) => notification.status);

test('a subscriber sees every status to the end, and one who comes late sees the same, in any process', async () => {
  const id = await sent(running, ada, { recipient: 'flaky', scheduledAt: new Date(Date.now() + 1_500) });
  const [live, alsoLive] = await Promise.all([updatesOf(running, id, '0'), updatesOf(other, id, null)]);
  const statuses = ['PENDING', 'SCHEDULED', 'QUEUED', 'SENDING', 'QUEUED', 'SENDING', 'SENT', 'DELIVERED'];
  expect(statusesOf(live)).toEqual(statuses);
  expect(statusesOf(alsoLive)).toEqual(statuses.slice(1));
  expect(live.map(({ cursor }) => cursor)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  expect(live[4]?.notification).toEqual({
    status: 'QUEUED',
    attempts: 1,
    sentAt: null,
    deliveredAt: null,
    error: { code: 'HTTP_STATUS' },
  });
  expect(live[6]?.notification).toMatchObject({ sentAt: expect.any(Date), deliveredAt: null, error: null });
  expect(live[7]?.notification).toMatchObject({ sentAt: expect.any(Date), deliveredAt: expect.any(Date) });
  expect(await updatesOf(other, id, '0')).toEqual(live);
  expect(await updatesOf(running, id, '6')).toEqual(live.slice(6));
  expect(statusesOf(await updatesOf(running, id, null))).toEqual(['DELIVERED']);
});

test('cursors that are none, and notifications of others, are refused', async () => {
  const id = await sent(running, ada, { recipient: 'fine' });
  await expect(updatesOf(running, id, 'nonsense')).rejects.toThrow('after: is not a cursor');
  await expect(updatesOf(running, 'nothing', null)).rejects.toThrow(NOT_SEEN);
  const strangers = running.messages(userOf('eve'), UPDATES, { id });
  await expect(strangers.next()).rejects.toThrow(NOT_SEEN);
  await expect(running.messages(ada, EVENTS, { after: 'x' }).next()).rejects.toThrow(
    'after: is not a cursor of this subscription',
  );
});

test('the feed shows the events of one’s own notifications, filtered, and resumes behind a cursor', async () => {
  const filter = { types: ['CREATED', 'DELIVERED', 'CANCELLED'], category: 'feed' };
  const stream = running.messages<FeedMessage>(ada, EVENTS, { filter });
  const next = async () => (await stream.next()).value?.notificationEvents as FeedMessage['notificationEvents'];
  const marker = await next();
  expect(marker).toMatchObject({ type: null, notificationId: null });
  await sent(running, userOf('bob'), { recipient: 'bobs', category: 'feed' });
  await sent(running, ada, { recipient: 'unfiltered', category: 'else' });
  const scheduledAt = new Date(Date.now() + 86_400_000);
  const first = await sent(running, ada, { recipient: 'one', category: 'feed', scheduledAt });
  await mutate(running, ada, 'cancelNotification', { id: first }, 'notification { id }', '');
  const second = await sent(running, ada, { recipient: 'two', category: 'feed' });
  const seen = [await next(), await next(), await next(), await next()];
  expect(seen.map(({ type, notificationId, status }) => [type, notificationId, status])).toEqual([
    ['CREATED', first, 'PENDING'],
    ['CANCELLED', first, 'CANCELLED'],
    ['CREATED', second, 'PENDING'],
    ['DELIVERED', second, 'DELIVERED'],
  ]);
  await stream.return(undefined);
  const resumed = other.messages<FeedMessage>(ada, EVENTS, { filter, after: seen[1]?.cursor });
  await resumed.next();
  expect((await resumed.next()).value?.notificationEvents).toEqual(seen[2]);
  await resumed.return(undefined);
});

test('the lists of a page of users are one statement, and their counts another', async () => {
  await sent(running, userOf('carol'), { recipient: 'first' });
  await sent(running, userOf('carol'), { recipient: 'second' });
  await sent(running, userOf('dave'), { recipient: 'third' });
  const query = `query Users($ids: [_Any!]!) {
    _entities(representations: $ids) { ... on User { id notifications(first: 1) { totalCount nodes { recipient } } } }
  }`;
  const ids = ['carol', 'dave', 'nobody'].map((id) => ({ __typename: 'User', id }));
  const viewer = userOf('root', 'notification:read-any');
  const lists = jest.spyOn(SqlList.prototype, 'pagesOf');
  const counts = jest.spyOn(SqlList.prototype, 'countsOf');
  expect(await running.ask(viewer, query, { ids })).toEqual({
    _entities: [
      { id: 'carol', notifications: { totalCount: 2, nodes: [{ recipient: 'second' }] } },
      { id: 'dave', notifications: { totalCount: 1, nodes: [{ recipient: 'third' }] } },
      { id: 'nobody', notifications: { totalCount: 0, nodes: [] } },
    ],
  });
  expect([lists.mock.calls.length, counts.mock.calls.length]).toEqual([1, 1]);
});
