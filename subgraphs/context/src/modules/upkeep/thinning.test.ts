import type { Viewer } from '@flowmesh/platform/access';
import fc from 'fast-check';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { add, change, created, layersOf, merge, removeLayer, resolved, restore } from '../../testing/operations.ts';
import { ThinningStore } from './thinning-store.ts';

let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process({ worker: false, env: { CONTEXT_VERSION_RETENTION_DAYS: '30' } });
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const serviceFor = (userId: string): Viewer => ({
  kind: 'service',
  service: 'workflow',
  userId,
  scopes: ['context:read', 'context:write'],
});
const DAY_MS = 86_400_000;
/** A moment so many days ago, at an hour (UTC). */
const moment = (daysAgo: number, hour: number) =>
  new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - daysAgo * DAY_MS + hour * 3_600_000);
/** Time passes: it is not waited for. */
const age = (id: string, version: number, to: Date) =>
  contexts.pool.query('update context_versions set created_at = $3 where context_id = $1 and version = $2', [
    id,
    version,
    to,
  ]);
const keptOf = async (id: string) => {
  const { rows } = await contexts.pool.query<{ version: number }>(
    'select version from context_versions where context_id = $1 order by version',
    [id],
  );
  return rows.map(({ version }) => version);
};
const cleanUp = async (viewer: Viewer, dryRun: boolean) => {
  const document = `mutation ($input: CleanupContextsInput!) {
    cleanupContexts(input: $input) { ... on CleanupContextsSuccess { thinnedVersions thinnedMb } }
  }`;
  const { cleanupContexts } = await one.ask<{ cleanupContexts: object }>(viewer, document, { input: { dryRun } });
  return cleanupContexts;
};
const valueAt = async (viewer: Viewer, id: string, version: number) =>
  (await resolved(one, viewer, id, version))?.value;
const errorOf = async (viewer: Viewer, selection: string, id: string) => {
  const { errors } = await one.execute(viewer, `query ($id: ID!) { context(id: $id) { ${selection} } }`, { id });
  return errors?.map(({ message, extensions }) => [extensions?.code, message]);
};

/** Versions 1 to 4 on one day long ago, 5 to 7 on the next one, 8 today; an execution has read the sixth. */
async function aged(me: Viewer, userId: string) {
  const id = await created(one, me, [{ a: 1 }]);
  const [first] = await layersOf(one, me, id);
  const second = (await add(one, me, { contextId: id, layerType: 'b', data: { b: 1 } })).layer!;
  for (const a of [3, 4]) await change(one, me, { id: first!.id, data: { a } });
  await removeLayer(one, me, { id: second.id });
  for (const a of [6, 7, 8]) {
    await change(one, me, { id: first!.id, data: { a } });
    if (a === 6) await resolved(one, serviceFor(userId), id);
  }
  for (const version of [1, 2, 3, 4]) await age(id, version, moment(100, 10 + version));
  for (const version of [5, 6, 7]) await age(id, version, moment(99, 10 + version));
  return id;
}

test('of long ago, the first version stays, the last of each day, and what executions have read', async () => {
  const me = userOf('thinner');
  const id = await aged(me, 'thinner');
  const nothing = { thinnedVersions: 0, thinnedMb: 0 };
  const some = { thinnedVersions: 3, thinnedMb: 0.000007 };
  expect(await cleanUp(userOf('other'), false)).toEqual(nothing);
  expect(await cleanUp(me, true)).toEqual(some);
  expect(await keptOf(id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await cleanUp(me, false)).toEqual(some);
  expect(await keptOf(id)).toEqual([1, 4, 6, 7, 8]);
  expect(await cleanUp(me, true)).toEqual(nothing);
  const values = await Promise.all([1, 4, 6, 7, 8].map((version) => valueAt(me, id, version)));
  expect(values).toEqual([{ a: 1 }, { a: 4, b: 1 }, { a: 6 }, { a: 7 }, { a: 8 }]);
});

test('who asks for a thinned version is told so, with those around it', async () => {
  const me = userOf('reader');
  const id = await aged(me, 'reader');
  await cleanUp(me, false);
  const why = 'is a version that was thinned out, as old ones are; kept were 1 before it and 4 after it';
  const refused = (argument: string, message: string) => [
    ['BAD_USER_INPUT', expect.stringContaining(`${argument}: ${message}`)],
  ];
  expect(await errorOf(me, 'resolved(version: 3) { value }', id)).toEqual(refused('version', why));
  expect(await errorOf(me, 'layers(version: 2) { id }', id)).toEqual(refused('version', why));
  expect(await errorOf(me, 'diff(from: 3) { path }', id)).toEqual(refused('from', why));
  expect(await errorOf(me, 'diff(from: 1, to: 3) { path }', id)).toEqual(refused('to', why));
  const then = (at: Date) => `resolved(asOf: "${at.toISOString()}") { value }`;
  expect(await errorOf(me, then(moment(100, 13)), id)).toEqual(
    refused('asOf', 'is a time of whose day not all versions were kept; version 1 is the one before it'),
  );
  // At the end of a day it is known.
  const query = `query ($id: ID!) { context(id: $id) { ${then(new Date(moment(99, 0).getTime() - 1))} } }`;
  expect(await one.ask(me, query, { id })).toEqual({ context: { resolved: { value: { a: 4, b: 1 } } } });
  expect((await restore(one, me, { id, version: 3 })).fields).toEqual([{ path: 'version', message: why }]);
  expect((await restore(one, me, { id, version: 4 })).context?.version).toBe(9);
  expect((await resolved(one, me, id))?.value).toEqual({ a: 4, b: 1 });
  const read = await one.ask(
    me,
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ContextVersion { version resolved { value } } } }`,
    { of: [3, 6].map((version) => ({ __typename: 'ContextVersion', contextId: id, version })) },
  );
  expect(read).toEqual({ _entities: [null, { version: 6, resolved: { value: { a: 6 } } }] });
});

test('what an execution writes, or takes as the version that it is to read, stays', async () => {
  const me = userOf('starter');
  const service = serviceFor('starter');
  const id = await created(one, me, [{}]);
  const merged = (key: string, viewer: Viewer) =>
    merge(one, viewer, { contextId: id, layerType: 'free', mergePatch: { [key]: 1 }, idempotencyKey: key });
  for (const [key, viewer] of [
    ['a', me],
    ['b', service],
    ['c', me],
    ['d', me],
  ] as const)
    await merged(key, viewer);
  await one.ask(service, `{ context(id: "${id}") { version } }`);
  await merged('e', me);
  await merged('f', me);
  // A process has died between the merge and its pin: the merge is asked for again.
  await contexts.pool.query('update context_versions set is_pinned = false where context_id = $1 and version = 3', [
    id,
  ]);
  await merged('b', service);
  for (let version = 1; version <= 7; version += 1) await age(id, version, moment(50, version));
  await cleanUp(me, false);
  expect(await keptOf(id)).toEqual([1, 3, 5, 7]);
});

test('whatever the history: kept versions are as they were, in batches too, and nothing is left that none of them has', async () => {
  const me = userOf('random');
  const thinning = new ThinningStore(contexts.pool, 30, 2);
  const step = fc.record({
    what: fc.constantFrom('add', 'change', 'remove'),
    later: fc.boolean(),
    pinned: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 14 }), async (steps) => {
      const id = await created(one, me, [{ n: 0 }]);
      let day = 60;
      const days = [day];
      for (const [n, { what, later, pinned }] of steps.entries()) {
        const layer = (await layersOf(one, me, id))[0];
        const data = { n, [`k${n}`]: 1 };
        if (!layer || what === 'add') await add(one, me, { contextId: id, layerType: 'x', data });
        else if (what === 'change') await change(one, me, { id: layer.id, data });
        else await removeLayer(one, me, { id: layer.id });
        if (pinned) await resolved(one, serviceFor('random'), id);
        if (later) day -= 1;
        days.push(day);
      }
      for (const [index, daysAgo] of days.entries()) await age(id, index + 1, moment(daysAgo, index / 2));
      const expected = days
        .map((_, index) => index + 1)
        .filter((v) => v === 1 || days[v - 1] !== days[v] || steps[v - 2]!.pinned);
      const before = await Promise.all(expected.map((version) => valueAt(me, id, version)));
      const counted = await thinning.count(me);
      let [versions, bytes] = [0, 0];
      while ((await thinning.contexts(me, 10)).includes(id)) {
        const done = await thinning.thin(id);
        [versions, bytes] = [versions + done.versions, bytes + done.bytes];
      }
      expect({ versions, bytes }).toEqual(counted);
      expect(await keptOf(id)).toEqual(expected);
      expect(await Promise.all(expected.map((version) => valueAt(me, id, version)))).toEqual(before);
    }),
    { numRuns: 6 },
  );
}, 60_000);
