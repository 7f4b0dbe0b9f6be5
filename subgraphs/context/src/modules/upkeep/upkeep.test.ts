import type { Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { add, created, layersOf, remove, resolved, restore, share, update } from '../../testing/operations.ts';

let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process({ worker: false });
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const cleanUp = async (viewer: Viewer, dryRun: boolean) => {
  const document = `mutation ($input: CleanupContextsInput!) {
    cleanupContexts(input: $input) {
      ... on CleanupContextsSuccess { dryRun expiredContexts expiredLayers removedContexts }
    }
  }`;
  const { cleanupContexts } = await one.ask<{ cleanupContexts: Record<string, number> }>(viewer, document, {
    input: { dryRun },
  });
  return cleanupContexts;
};
const LATER = new Date(Date.now() + 86_400_000).toISOString();
/** Time passes: it is not waited for. */
const age = (table: string, column: string, id: string) =>
  contexts.pool.query(`update ${table} set ${column} = now() - interval '31 days' where id = $1`, [id]);
const stateOf = async (id: string) => {
  const { rows } = await contexts.pool.query<{ status: string; layers: number; versions: string[] }>(
    `select status::text, layer_count as layers,
            array(select change::text || ' by ' || author_id from context_versions where context_id = c.id order by version) as versions
     from contexts c where id = $1`,
    [id],
  );
  return rows[0] ?? null;
};

/** A context that has expired, one with an expired layer of two, one that was in the bin for long, and one of each that has not. */
async function aged(owner: Viewer) {
  const ids = {
    expired: await created(one, owner, [{ a: 1 }], { expiresAt: LATER }),
    layered: await created(one, owner, [{ a: 1 }, { b: 1 }]),
    binned: await created(one, owner, [{ a: 1 }]),
    fresh: await created(one, owner, [{ a: 1 }], { expiresAt: LATER }),
    justBinned: await created(one, owner, [{ a: 1 }]),
  };
  await remove(one, owner, { id: ids.binned });
  await remove(one, owner, { id: ids.justBinned });
  const [, layer] = await layersOf(one, owner, ids.layered);
  await age('contexts', 'expires_at', ids.expired);
  await age('context_layers', 'expires_at', layer!.id);
  await age('contexts', 'deleted_at', ids.binned);
  return ids;
}

test('a dry run says what a run then does, and does nothing; only one’s own are meant', async () => {
  const [me, other] = [userOf('cleaner'), userOf('untidy')];
  const mine = await aged(me);
  const figures = { expiredContexts: 1, expiredLayers: 1, removedContexts: 1 };
  const before = await Promise.all(Object.values(mine).map(stateOf));
  expect(await cleanUp(other, false)).toMatchObject({ expiredContexts: 0, expiredLayers: 0, removedContexts: 0 });
  expect(await cleanUp(me, true)).toMatchObject({ dryRun: true, ...figures });
  expect(await Promise.all(Object.values(mine).map(stateOf))).toEqual(before);
  expect(await cleanUp(me, false)).toMatchObject({ dryRun: false, ...figures });
  const by = 'by service:context';
  expect(await stateOf(mine.expired)).toMatchObject({
    status: 'DELETED',
    versions: ['CREATED by cleaner', `DELETED ${by}`],
  });
  expect(await stateOf(mine.layered)).toMatchObject({
    status: 'ACTIVE',
    layers: 1,
    versions: ['CREATED by cleaner', `LAYER_EXPIRED ${by}`],
  });
  expect(await stateOf(mine.binned)).toBeNull();
  expect(await stateOf(mine.fresh)).toMatchObject({ status: 'ACTIVE', versions: ['CREATED by cleaner'] });
  expect(await stateOf(mine.justBinned)).toMatchObject({ status: 'DELETED' });
  expect(await cleanUp(me, false)).toMatchObject({ expiredContexts: 0, expiredLayers: 0, removedContexts: 0 });
});

test('holders of `context:write-any` clean up what is everybody’s', async () => {
  await aged(userOf('left-behind'));
  const everything = userOf('keeper', ['context:read', 'context:write', 'context:read-any', 'context:write-any']);
  const { expiredContexts } = await cleanUp(everything, true);
  expect(expiredContexts).toBeGreaterThanOrEqual(1);
});

test('a layer whose time is up is not seen any more, even before it is removed', async () => {
  const me = userOf('watchful');
  const id = await created(one, me, [{ a: 1 }]);
  const added = await add(one, me, { contextId: id, layerType: 'x', data: { b: 1 }, expiresAt: LATER });
  expect((await resolved(one, me, id))?.value).toEqual({ a: 1, b: 1 });
  await contexts.pool.query(
    `with l as (update context_layers set expires_at = now() where id = $1)
     update context_layer_versions set expires_at = now() where layer_id = $1`,
    [added.layer!.id],
  );
  expect((await resolved(one, me, id))?.value).toEqual({ a: 1 });
  expect((await layersOf(one, me, id)).length).toBe(1);
  const layer = await one.ask(me, `{ contextLayer(id: "${added.layer!.id}") { id } }`);
  expect(layer).toEqual({ contextLayer: null });
});

test('what has expired, and was taken out of the bin, does not expire again', async () => {
  const me = userOf('rescuer');
  const query = (id: string) => one.ask(me, `{ context(id: "${id}") { status expiresAt deletedAt } }`);
  for (const bringBack of [update, restore]) {
    const id = await created(one, me, [{ a: 1 }], { expiresAt: LATER });
    await remove(one, me, { id });
    await age('contexts', 'expires_at', id);
    const more = bringBack === update ? { status: 'ACTIVE' } : { version: 1 };
    expect((await bringBack(one, me, { id, ...more })).context?.version).toBe(3);
    expect(await query(id)).toEqual({ context: { status: 'ACTIVE', expiresAt: null, deletedAt: null } });
  }
});

test('deleting what is in the bin already does not keep it there for longer', async () => {
  const me = userOf('deleter');
  const id = await created(one, me);
  await remove(one, me, { id });
  const before = await stateOf(id);
  expect((await remove(one, me, { id })).__typename).toBe('DeleteContextSuccess');
  expect(await stateOf(id)).toEqual(before);
});

test('a context that has expired is not written, even before it is moved to the bin, until its time is changed', async () => {
  const me = userOf('expired');
  const id = await created(one, me, [{ a: 1 }], { expiresAt: LATER });
  await contexts.pool.query(`update contexts set expires_at = now() where id = $1`, [id]);
  const write = { contextId: id, layerType: 'x', data: {} };
  const refused = await add(one, me, write);
  expect(refused).toMatchObject({ __typename: 'ConflictError', message: expect.stringContaining('has expired at') });
  await update(one, me, { id, status: 'ACTIVE', expiresAt: null });
  expect((await add(one, me, write)).__typename).toBe('AddContextLayerSuccess');
});

test('times in the past are refused', async () => {
  const me = userOf('late');
  const id = await created(one, me);
  const past = new Date(Date.now() - 1_000).toISOString();
  const result = await add(one, me, { contextId: id, layerType: 'x', data: {}, expiresAt: past });
  expect(result.fields).toEqual([{ path: 'expiresAt', message: 'must be in the future' }]);
  expect((await update(one, me, { id, expiresAt: past })).fields).toEqual([
    { path: 'expiresAt', message: 'must be in the future' },
  ]);
});

test('it goes by itself, and those who watch are told', async () => {
  const guestId = newId();
  const [me, friend] = [userOf('scheduled'), userOf(guestId)];
  const id = await created(one, me, [{ a: 1 }], { expiresAt: LATER });
  await share(one, me, { id, kind: 'USER', granteeId: guestId, access: 'READ' });
  const stream = one.messages(friend, `subscription { contextChanged(id: "${id}") { change } }`);
  await stream.next();
  const ended = stream.next();
  await age('contexts', 'expires_at', id);
  await contexts.process();
  await until('the schedule', async () => (await stateOf(id))?.status === 'DELETED', { timeoutMs: 90_000 });
  expect(await ended).toEqual({ done: true, value: undefined });
}, 120_000);
