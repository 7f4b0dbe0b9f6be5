import type { Viewer } from '@flowmesh/platform/access';
import type { Pool } from 'pg';
import { newId } from '@flowmesh/platform/ids';
import { silent } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { add, created, layersOf, remove, resolved, share, update } from '../../testing/operations.ts';
import { AccessCounter } from './access-counter.ts';

let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const ANALYTICS = `query ($id: ID!, $from: DateTime, $to: DateTime, $agentId: ID, $workflowId: ID) { context(id: $id) {
  accessCount
  analytics(from: $from, to: $to, agentId: $agentId, workflowId: $workflowId) {
    reads changes days { day reads } layers { layerId reads }
    readers { reader { id } agentId workflowId reads } writers { author { id } agentId workflowId changes }
  }
} }`;
interface Analytics {
  readonly accessCount: number;
  readonly analytics: {
    readonly reads: number;
    readonly changes: number;
    readonly days: { readonly day: string; readonly reads: number }[];
    readonly readers: object[];
    readonly writers: object[];
    readonly layers: object[];
  };
}
const analytics = async (viewer: Viewer, id: string, time = {}): Promise<Analytics> =>
  (await one.ask<{ context: Analytics }>(viewer, ANALYTICS, { id, ...time })).context;
const NO_WORKER = { agentId: null, workflowId: null };
const person = (userId: string) => ({ userId, ...NO_WORKER });
/** A service that works for a user. */
const working = (userId: string, what: { readonly agentId?: string; readonly workflowId?: string }): Viewer => ({
  kind: 'service',
  service: 'agent',
  userId,
  scopes: ['context:read', 'context:write'],
  ...what,
});

const readLayer = (viewer: Viewer, id: string) => one.ask(viewer, `{ contextLayer(id: "${id}") { data } }`);
const readsOf = async (id: string) => {
  const { rows } = await contexts.pool.query<{ count: number }>(
    'select coalesce(sum(count), 0)::int as count from context_accesses where context_id = $1',
    [id],
  );
  return rows[0]!.count;
};

test('reads are counted by day, reader and layer, and are no change of the context', async () => {
  const friendId = newId();
  const [me, friend] = [userOf('author'), userOf(friendId)];
  const id = await created(one, me, [{ a: 1 }, { b: 1 }]);
  await share(one, me, { id, kind: 'USER', granteeId: friendId, access: 'READ' });
  const [first] = await layersOf(one, me, id);
  await until('the reads of the layers are written down', async () => (await readsOf(id)) === 2);
  for (let read = 0; read < 3; read += 1) await resolved(one, friend, id);
  await resolved(one, me, id);
  await readLayer(friend, first!.id);
  await one.ask(friend, `{ context(id: "${id}") { name layers { layerType } } }`);
  await until('they are written down', async () => (await readsOf(id)) === 7);
  const result = await analytics(me, id);
  const today = new Date().toISOString().slice(0, 10);
  expect(result).toMatchObject({ accessCount: 7, analytics: { reads: 7, changes: 2 } });
  expect(result.analytics.days.length).toBe(30);
  expect(result.analytics.days.at(-1)).toEqual({ day: today, reads: 7 });
  expect(result.analytics.readers).toEqual([
    { reader: { id: friendId }, ...NO_WORKER, reads: 4 },
    { reader: { id: 'author' }, ...NO_WORKER, reads: 3 },
  ]);
  expect(result.analytics.writers).toEqual([{ author: { id: 'author' }, ...NO_WORKER, changes: 2 }]);
  expect(result.analytics.layers).toHaveLength(2);
  expect(result.analytics.layers[0]).toEqual({ layerId: first!.id, reads: 2 });
  const { rows } = await contexts.pool.query('select version from contexts where id = $1', [id]);
  expect(rows).toEqual([{ version: 2 }]);
});

test('agents and workflows are counted beside the person they work for, with what they read and write', async () => {
  const userId = newId();
  const me = userOf(userId);
  const [agentId, other, workflowId] = [newId(), newId(), newId()];
  const [alone, inStep, step] = [
    working(userId, { agentId }),
    working(userId, { agentId, workflowId }),
    working(userId, { workflowId }),
  ];
  const id = await created(one, me, [{ a: 1 }]);
  const [layer] = await layersOf(one, me, id);
  const merge = (viewer: Viewer) =>
    one.mutate(viewer, 'mergeContextLayer', { contextId: id, layerType: 'notes', mergePatch: { by: newId() } }, '');
  for (const viewer of [alone, inStep, inStep]) await resolved(one, viewer, id);
  await readLayer(step, layer!.id);
  for (const viewer of [alone, inStep, inStep, inStep, step, me]) await merge(viewer);
  await until('they are written down', async () => (await readsOf(id)) === 5);
  const all = await analytics(me, id);
  const reader = { reader: { id: userId } };
  const author = { author: { id: userId } };
  const byIds = (rows: object[]) => new Set(rows.map((row) => JSON.stringify(row)));
  expect(byIds(all.analytics.readers)).toEqual(
    byIds([
      { ...reader, agentId, workflowId, reads: 2 },
      { ...reader, ...NO_WORKER, reads: 1 },
      { ...reader, agentId: null, workflowId, reads: 1 },
      { ...reader, agentId, workflowId: null, reads: 1 },
    ]),
  );
  expect(all.analytics.writers).toEqual([
    { ...author, agentId, workflowId, changes: 3 },
    { ...author, ...NO_WORKER, changes: 2 },
    { ...author, agentId: null, workflowId, changes: 1 },
    { ...author, agentId, workflowId: null, changes: 1 },
  ]);
  const only = async (what: object) => {
    const { reads, changes, days, layers } = (await analytics(me, id, what)).analytics;
    return [reads, changes, days.at(-1)!.reads, layers.length];
  };
  expect(await only({ agentId })).toEqual([3, 4, 3, 0]);
  expect(await only({ workflowId })).toEqual([3, 4, 3, 1]);
  expect(await only({ agentId, workflowId })).toEqual([2, 3, 2, 0]);
  expect(await only({ agentId: other })).toEqual([0, 0, 0, 0]);
});

test('a version says which agent and which workflow made it', async () => {
  const userId = newId();
  const me = userOf(userId);
  const [agentId, workflowId] = [newId(), newId()];
  const id = await created(one, working(userId, { workflowId }), [{ a: 1 }]);
  const merged = { contextId: id, layerType: 'notes', mergePatch: { b: 2 } };
  await one.mutate(working(userId, { agentId, workflowId }), 'mergeContextLayer', merged, '');
  await update(one, me, { id, description: 'x' });
  const query = `query ($id: ID!) { context(id: $id) { versions { nodes {
    author { id } agentId agent { id } workflowId workflow { id }
  } } } }`;
  const { context } = await one.ask<{ context: { versions: { nodes: object[] } } }>(
    userOf(userId, ['context:read', 'agent:read', 'workflow:read']),
    query,
    { id },
  );
  const [author, workflow] = [{ id: userId }, { id: workflowId }];
  expect(context.versions.nodes).toEqual([
    { author, agentId: null, agent: null, workflowId: null, workflow: null },
    { author, agentId, agent: { id: agentId }, workflowId, workflow },
    { author, agentId: null, agent: null, workflowId, workflow },
  ]);
});

test('nothing is written until what was noted is written down, all at once', async () => {
  const me = userOf('noter');
  const [id, gone] = [await created(one, me), await created(one, me)];
  const counter = new AccessCounter(contexts.pool, silent);
  for (const reader of ['a', 'a', 'b']) counter.note(id, person(reader));
  counter.note(id, person('a'), 'some-layer');
  counter.note(gone, person('a'));
  await remove(one, me, { id: gone, permanently: true });
  expect(await readsOf(id)).toBe(0);
  await counter.stop();
  await counter.flush();
  const { rows } = await contexts.pool.query(
    `select a.reader_id, a.layer_id, a.count::int, c.access_count::int, c.version from context_accesses a
     join contexts c on c.id = a.context_id where c.id = $1 order by 1, 2`,
    [id],
  );
  const context = { access_count: 4, version: 1 };
  expect(rows).toEqual([
    { reader_id: 'a', layer_id: '', count: 2, ...context },
    { reader_id: 'a', layer_id: 'some-layer', count: 1, ...context },
    { reader_id: 'b', layer_id: '', count: 1, ...context },
  ]);
  expect(await readsOf(gone)).toBe(0);
});

test('what cannot be written is kept until it can, and counted once', async () => {
  const me = userOf('later');
  const id = await created(one, me);
  let away = true;
  const connect = () => (away ? Promise.reject(new Error('away')) : contexts.pool.connect());
  const counter = new AccessCounter({ connect } as unknown as Pool, silent);
  for (const reader of ['a', 'a']) counter.note(id, person(reader));
  await counter.flush();
  for (const reader of ['a', 'b']) counter.note(id, person(reader));
  await counter.flush();
  expect(await readsOf(id)).toBe(0);
  away = false;
  await counter.flush();
  await counter.stop();
  expect(await readsOf(id)).toBe(4);
});

/** As if it had been read, or changed, on other days. */
async function past(id: string) {
  await contexts.pool.query(
    `insert into context_accesses (context_id, day, reader_id, layer_id, count) values
       ($1, '2026-03-01', 'x', '', 5), ($1, '2026-03-01', 'y', 'l', 2), ($1, '2026-03-03', 'x', '', 1), ($1, '2026-05-10', 'x', '', 10)`,
    [id],
  );
  await contexts.pool.query(
    `update context_versions set created_at = case version when 1 then timestamptz '2026-03-01T23:59:59Z' else timestamptz '2026-03-02T00:00:00Z' end
     where context_id = $1`,
    [id],
  );
  await contexts.pool.query(`update contexts set created_at = '2026-03-01T23:59:59Z' where id = $1`, [id]);
}

test('a time is from its beginning up to its end, in days of UTC', async () => {
  const me = userOf('historian');
  const id = await created(one, me);
  await update(one, me, { id, description: 'x' });
  await past(id);
  expect((await analytics(me, id, { from: '2026-03-01T00:00:00Z', to: '2026-03-04T00:00:00Z' })).analytics).toEqual({
    reads: 8,
    changes: 2,
    days: [
      { day: '2026-03-01', reads: 7 },
      { day: '2026-03-02', reads: 0 },
      { day: '2026-03-03', reads: 1 },
    ],
    readers: [
      { reader: { id: 'x' }, ...NO_WORKER, reads: 6 },
      { reader: { id: 'y' }, ...NO_WORKER, reads: 2 },
    ],
    writers: [{ author: { id: 'historian' }, ...NO_WORKER, changes: 2 }],
    layers: [{ layerId: 'l', reads: 2 }],
  });
  const one_day = await analytics(me, id, { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' });
  expect(one_day.analytics).toMatchObject({ reads: 7, changes: 1, days: [{ day: '2026-03-01', reads: 7 }] });
});

const TRENDS = `query ($from: DateTime!, $to: DateTime!, $interval: ContextInterval!) {
  contextAnalyticsTrends(from: $from, to: $to, interval: $interval) { start created changes reads }
}`;
interface Trend {
  readonly start: string;
  readonly created: number;
  readonly changes: number;
  readonly reads: number;
}
const trends = async (viewer: Viewer, from: string, to: string, interval: string) => {
  const variables = { from: `${from}T00:00:00Z`, to: `${to}T00:00:00Z`, interval };
  const { contextAnalyticsTrends } = await one.ask<{ contextAnalyticsTrends: Trend[] }>(viewer, TRENDS, variables);
  return contextAnalyticsTrends.map(({ start, created: made, changes, reads }) => [
    new Date(start).toISOString().slice(0, 10),
    made,
    changes,
    reads,
  ]);
};

test('trends have a piece for each day, week or month, empty ones included, of what one may see', async () => {
  const me = userOf('trendy');
  const id = await created(one, me);
  await update(one, me, { id, description: 'x' });
  await past(id);
  expect(await trends(me, '2026-03-01', '2026-03-04', 'DAY')).toEqual([
    ['2026-03-01', 1, 1, 7],
    ['2026-03-02', 0, 1, 0],
    ['2026-03-03', 0, 0, 1],
  ]);
  // 1 March 2026 is a Sunday.
  expect(await trends(me, '2026-02-23', '2026-03-09', 'WEEK')).toEqual([
    ['2026-02-23', 1, 1, 7],
    ['2026-03-02', 0, 1, 1],
  ]);
  expect(await trends(me, '2026-03-01', '2026-06-01', 'MONTH')).toEqual([
    ['2026-03-01', 1, 2, 8],
    ['2026-04-01', 0, 0, 0],
    ['2026-05-01', 0, 0, 10],
  ]);
  expect(await trends(userOf('outsider'), '2026-03-01', '2026-03-02', 'DAY')).toEqual([['2026-03-01', 0, 0, 0]]);
  const insiderId = newId();
  await share(one, me, { id, kind: 'USER', granteeId: insiderId, access: 'READ' });
  expect(await trends(userOf(insiderId), '2026-03-01', '2026-03-02', 'DAY')).toEqual([['2026-03-01', 1, 1, 7]]);
});

test('the summary counts what one may see and what is not in the bin', async () => {
  const me = userOf('summer');
  const a = await created(one, me, [{ a: 1 }, { b: 22 }], { type: 'x' });
  await add(one, me, { contextId: a, layerType: 'x', data: { c: 333 } });
  const b = await created(one, me, [], { type: 'y' });
  await created(one, me, [], { type: 'y' });
  const gone = await created(one, me, [{ a: 1 }], { type: 'z' });
  await update(one, me, { id: b, status: 'INACTIVE' });
  await remove(one, me, { id: gone });
  const summary = `{ contextAnalyticsSummary { contexts activeContexts layers sizeMb reads types { type contexts } } }`;
  expect(await one.ask(me, summary)).toEqual({
    contextAnalyticsSummary: {
      contexts: 3,
      activeContexts: 2,
      layers: 3,
      sizeMb: Buffer.byteLength('{"a":1}{"b":22}{"c":333}') / 1_000_000,
      reads: 0,
      types: [
        { type: 'y', contexts: 2 },
        { type: 'x', contexts: 1 },
      ],
    },
  });
  expect(await one.ask(userOf('nothing'), summary)).toMatchObject({
    contextAnalyticsSummary: { contexts: 0, layers: 0, sizeMb: 0, types: [] },
  });
});

test('times that cannot be are refused by name', async () => {
  const me = userOf('timeless');
  const id = await created(one, me);
  const refused = async (query: string, variables: object) => {
    const { errors } = await one.execute(me, query, variables);
    return errors?.map(({ message, extensions }) => `${String(extensions['code'])} ${message}`);
  };
  const [from, to] = ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'];
  expect(await refused(ANALYTICS, { id, from: to, to: from })).toEqual([
    'BAD_USER_INPUT to: must be later than `from`',
  ]);
  expect(await refused(ANALYTICS, { id, from: '2024-01-01T00:00:00Z', to })).toEqual([
    'BAD_USER_INPUT from: must be at most 400 days before `to`',
  ]);
  expect(await refused(TRENDS, { from: to, to: from, interval: 'DAY' })).toEqual([
    'BAD_USER_INPUT to: must be later than `from`',
  ]);
  expect(await refused(TRENDS, { from: '2020-01-01T00:00:00Z', to, interval: 'DAY' })).toEqual([
    'BAD_USER_INPUT from: must be at most 400 pieces before `to`',
  ]);
});
