import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { mutate, sent } from '../../testing/operations.ts';

interface Item {
  readonly id: string;
  readonly content: string;
  readonly isRead: boolean;
}
interface Inbox {
  readonly totalCount: number;
  readonly unreadCount: number;
  readonly nodes: readonly Item[];
  readonly pageInfo: { readonly endCursor: string };
}
interface Update {
  readonly u: {
    readonly cursor: string;
    readonly type: string | null;
    readonly item: Item | null;
    readonly unreadCount: number;
  };
}

let tested: NotificationUnderTest;
let one: NotificationProcess;
let two: NotificationProcess;

beforeAll(async () => {
  tested = await prepareNotifications();
  [one, two] = await Promise.all([tested.process(), tested.process()]);
});

afterAll(() => tested?.stop());

const inboxOf = async (user: string, args = 'filter: {}') => {
  const query = `{ inbox(${args}) { totalCount unreadCount nodes { id content isRead } pageInfo { endCursor } } }`;
  return (await one.ask<{ inbox: Inbox }>(userOf(user), query)).inbox;
};
const received = async (user: string, contents: readonly string[], category?: string) => {
  const ids: string[] = [];
  for (const content of contents) {
    const id = await sent(one, userOf(user), { channel: 'IN_APP', content, category });
    await until('in the inbox', async () => (await inboxOf(user, 'first: 100')).nodes.some((item) => item.id === id));
    ids.push(id);
  }
  return ids;
};
const change = (user: string, name: string, input: object, selection = 'items { id isRead } unreadCount') =>
  mutate(one, userOf(user), name, input, selection);
const UPDATES = `subscription S($after: String) {
  u: inboxUpdates(after: $after) { cursor type item { id content isRead } unreadCount }
}`;

test('what is sent to a user is in their inbox, the newest first, page by page', async () => {
  const ids = await received('reader', ['a', 'b', 'c'], 'news');
  const page = await inboxOf('reader', 'first: 2');
  expect(page).toMatchObject({
    totalCount: 3,
    unreadCount: 3,
    nodes: [
      { id: ids[2], content: 'c', isRead: false },
      { id: ids[1], content: 'b', isRead: false },
    ],
  });
  expect((await inboxOf('reader', `first: 2, after: "${page.pageInfo.endCursor}"`)).nodes.map(({ id }) => id)).toEqual([
    ids[0],
  ]);
  const notification = '{ inbox { nodes { notification { id status } } } }';
  // The item is there a moment before its notification says so.
  const joined = await until('delivered', async () => {
    const { inbox } = await one.ask<{ inbox: { nodes: { notification: { id: string; status: string } }[] } }>(
      userOf('reader'),
      notification,
    );
    return inbox.nodes.every((node) => node.notification.status === 'DELIVERED') && inbox.nodes;
  });
  expect(joined.map((node) => node.notification.id)).toEqual(ids.toReversed());
});

test('reading, archiving and all of it at once are counted exactly', async () => {
  const [a = '', b = '', c = ''] = await received('keeper', ['a', 'b', 'c']);
  const [d = ''] = await received('keeper', ['d'], 'news');
  expect(await change('keeper', 'markNotificationRead', { ids: [a, b, a] })).toMatchObject({
    items: [
      { id: a, isRead: true },
      { id: b, isRead: true },
    ],
    unreadCount: 2,
  });
  expect(await change('keeper', 'markNotificationRead', { ids: [a], isRead: false })).toMatchObject({ unreadCount: 3 });
  expect(await change('keeper', 'archiveNotification', { ids: [c] })).toMatchObject({ unreadCount: 2 });
  expect((await inboxOf('keeper', 'filter: { unread: true }')).nodes.map(({ id }) => id)).toEqual([d, a]);
  expect((await inboxOf('keeper', 'filter: { unread: false }')).nodes.map(({ id }) => id)).toEqual([b]);
  expect((await inboxOf('keeper', 'filter: { archived: true }')).nodes.map(({ id }) => id)).toEqual([c]);
  expect((await inboxOf('keeper', 'filter: { category: "news" }')).nodes.map(({ id }) => id)).toEqual([d]);
  const counts = '{ all: unreadCount news: unreadCount(category: "news") }';
  expect(await one.ask(userOf('keeper'), counts)).toEqual({ all: 2, news: 1 });
  const all = (input: object) => change('keeper', 'markAllNotificationsRead', input, 'changed unreadCount');
  expect(await all({ until: new Date(0).toISOString() })).toMatchObject({ changed: 0, unreadCount: 2 });
  expect(await all({ category: 'news' })).toMatchObject({ changed: 1, unreadCount: 1 });
  expect(await all({})).toMatchObject({ changed: 1, unreadCount: 0 });
  expect(await change('keeper', 'archiveNotification', { ids: [c], isArchived: false })).toMatchObject({
    unreadCount: 1,
  });
});

test('nobody sees or changes the inbox of another, and one stranger among many changes nothing', async () => {
  const [own = ''] = await received('owner', ['mine']);
  const [other = ''] = await received('other', ['yours']);
  for (const name of ['markNotificationRead', 'archiveNotification']) {
    expect(await change('other', name, { ids: [other, own] })).toMatchObject({ code: 'NOT_FOUND' });
  }
  expect(await inboxOf('other')).toMatchObject({ unreadCount: 1, nodes: [{ id: other, isRead: false }] });
  const admin = userOf('root', 'notification:read-any', 'notification:send-any');
  const query = 'mutation M($ids: [ID!]!) { markNotificationRead(input: { ids: $ids }) { __typename } }';
  expect(await one.ask(admin, query, { ids: [own] })).toEqual({
    markNotificationRead: { __typename: 'NotFoundError' },
  });
});

test.each([[[]], [Array.from({ length: 101 }, (_, n) => String(n))], [['a\0']]])(
  'ids that cannot be used: %#',
  async (ids) => {
    expect(await change('anybody', 'markNotificationRead', { ids })).toMatchObject({ code: 'INVALID_INPUT' });
  },
);

test('changes come live, from any process, and whoever comes back misses and repeats nothing', async () => {
  const viewer = userOf('watcher');
  const stream = two.messages<Update>(viewer, UPDATES);
  const marker = (await stream.next()).value?.u;
  expect(marker).toMatchObject({ type: null, item: null, unreadCount: 0 });
  await received('stranger', ['not for you']);
  const [id = ''] = await received('watcher', ['hello']);
  const added = (await stream.next()).value?.u;
  expect(added).toMatchObject({ type: 'ADDED', item: { id, content: 'hello' }, unreadCount: 1 });
  await stream.return(undefined);
  await change('watcher', 'markNotificationRead', { ids: [id] });
  await change('watcher', 'markNotificationRead', { ids: [id] });
  await change('watcher', 'archiveNotification', { ids: [id] });
  const rest = one.messages<Update>(viewer, UPDATES, { after: added?.cursor });
  const types: (string | null | undefined)[] = [];
  for (let n = 0; n < 3; n += 1) types.push((await rest.next()).value?.u.type);
  await rest.return(undefined);
  expect(types).toEqual([null, 'READ', 'ARCHIVED']);
});

test('an item that is delivered again is there once', async () => {
  const [id = ''] = await received('twice', ['once']);
  await tested.pool.query(
    `update notifications set status = 'QUEUED', available_at = now(), delivered_at = null, completed_at = null
     where id = $1`,
    [id],
  );
  await until('delivered again', async () => {
    const { rows } = await tested.pool.query(
      'select 1 from notifications where id = $1 and attempts = 2 and delivered_at is not null',
      [id],
    );
    return rows.length > 0;
  });
  expect(await inboxOf('twice')).toMatchObject({ totalCount: 1 });
  const { rows } = await tested.pool.query(
    `select count(*)::int as count from outbox_events where type = 'notification.inbox.added' and payload->>'itemId' = $1`,
    [id],
  );
  expect(rows).toEqual([{ count: 1 }]);
});
