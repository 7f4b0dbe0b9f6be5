import type { Viewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import {
  add,
  change,
  created,
  layersOf,
  remove,
  removeLayer,
  resolved,
  restore,
  share,
  unshare,
  update,
} from '../../testing/operations.ts';

const [ownerId, friendId, roleId] = [newId(), newId(), newId()];
const owner = userOf(ownerId);
let contexts: ContextUnderTest;
let one: ContextProcess;
let other: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  [one, other] = [await contexts.process(), await contexts.process()];
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const holderOf = (roleId: string): Viewer => ({ ...userOf('holder'), roleIds: [roleId] }) as Viewer;

const [agentId, workflowId] = [newId(), newId()];
const SCOPES = ['context:read', 'context:write'];
/** A service that works for an execution which somebody without any rights has started. */
const workingFor = (more: { agentId?: string; workflowId?: string }): Viewer => ({
  ...{ kind: 'service', service: 'a service', userId: 'starter', scopes: SCOPES },
  ...more,
});

const GRANTEES = [
  {
    kind: 'AGENT',
    granteeId: agentId,
    viewer: workingFor({ agentId }),
    stranger: workingFor({ agentId: newId(), workflowId: agentId }),
  },
  {
    kind: 'WORKFLOW',
    granteeId: workflowId,
    viewer: workingFor({ workflowId }),
    stranger: workingFor({ agentId: workflowId, workflowId: newId() }),
  },
  { kind: 'USER', granteeId: friendId, viewer: userOf(friendId), stranger: userOf('stranger') },
  { kind: 'ROLE', granteeId: roleId, viewer: holderOf(roleId), stranger: holderOf('role-2') },
];

/** Every way in which the graph shows a context, and what it shows of this one. */
async function seen(viewer: Viewer, id: string, layerId: string): Promise<Record<string, unknown>> {
  const data = await one.ask<{
    context: object | null;
    contextLayer: object | null;
    contexts: { nodes: { id: string }[] };
    searchContexts: { hits: { layer: { id: string } }[] };
    contextAnalyticsSummary: { contexts: number };
    entities: (object | null)[];
  }>(
    viewer,
    `query ($id: ID!, $layerId: ID!, $representations: [_Any!]!) {
      context(id: $id) { id }
      contextLayer(id: $layerId) { id }
      contexts(filter: { type: "shared" }) { nodes { id } }
      searchContexts(input: { path: "/word", contextId: $id }) { hits { layer { id } } }
      contextAnalyticsSummary { contexts }
      entities: _entities(representations: $representations) {
        ... on Context { name } ... on ContextLayer { layerType }
      }
    }`,
    {
      id,
      layerId,
      representations: [
        { __typename: 'Context', id },
        { __typename: 'ContextLayer', id: layerId },
      ],
    },
  );
  return {
    context: data.context !== null,
    layer: data.contextLayer !== null,
    listed: data.contexts.nodes.some((node) => node.id === id),
    found: data.searchContexts.hits.length,
    counted: data.contextAnalyticsSummary.contexts,
    joined: data.entities.map((entity) => entity !== null),
  };
}
const EVERYTHING = { context: true, layer: true, listed: true, found: 1, counted: 1, joined: [true, true] };
const NOTHING = { context: false, layer: false, listed: false, found: 0, counted: 0, joined: [false, false] };

/** What a viewer's attempts to write come to, without doing what cannot be undone. */
async function writes(viewer: Viewer, id: string, layerId: string): Promise<Record<string, string>> {
  const { __typename: added } = await add(one, viewer, { contextId: id, layerType: 'x', data: {} });
  const { __typename: changed } = await change(one, viewer, { id: layerId, mergePatch: { by: 'them' } });
  const others = {
    update: await update(one, viewer, { id, name: 'theirs' }),
    restore: await restore(one, viewer, { id, version: 1 }),
    delete: await remove(one, viewer, { id, permanently: true }),
    share: await share(one, viewer, { id, kind: 'USER', granteeId: newId(), access: 'WRITE' }),
    unshare: await unshare(one, viewer, { id, kind: 'USER', granteeId: 'another' }),
    remove: await removeLayer(one, viewer, { id: layerId, expectedVersion: 99_999 }),
  };
  return {
    added,
    changed,
    ...Object.fromEntries(Object.entries(others).map(([name, { __typename }]) => [name, __typename])),
  };
}
const refused = 'NotFoundError';
const OWNERS = { update: refused, restore: refused, delete: refused, share: refused, unshare: refused };
const READS = { ...OWNERS, added: refused, changed: refused, remove: refused };
const WRITES = {
  ...OWNERS,
  added: 'AddContextLayerSuccess',
  changed: 'UpdateContextLayerSuccess',
  remove: 'ContextVersionConflictError',
};

test.each(GRANTEES)('with $kind: reading, writing and neither, on every path', async (grantee) => {
  const { kind, granteeId, viewer, stranger } = grantee;
  const id = await created(one, owner, [{ word: kind }], { type: 'shared' });
  const [layer] = await layersOf(one, owner, id);
  const see = (who: Viewer) => seen(who, id, layer!.id);
  expect([await see(viewer), await see(stranger)]).toEqual([NOTHING, NOTHING]);
  await share(one, owner, { id, kind, granteeId, access: 'READ' });
  expect([await see(viewer), await see(stranger)]).toEqual([EVERYTHING, NOTHING]);
  expect(await writes(viewer, id, layer!.id)).toEqual(READS);
  await share(one, owner, { id, kind, granteeId, access: 'WRITE' });
  expect(await writes(viewer, id, layer!.id)).toEqual(WRITES);
  expect(await writes(stranger, id, layer!.id)).toEqual(READS);
  await unshare(one, owner, { id, kind, granteeId });
  expect(await see(viewer)).toEqual(NOTHING);
  expect(await writes(viewer, id, layer!.id)).toEqual(READS);
});

test.each(GRANTEES)('with $kind: a stream in another process ends when the share is taken away', async (grantee) => {
  const { kind, granteeId, viewer } = grantee;
  const id = await created(one, owner);
  await share(one, owner, { id, kind, granteeId, access: 'READ' });
  const stream = other.messages<{ contextChanged: { change: string | null } }>(
    viewer,
    `subscription { contextChanged(id: "${id}") { change } }`,
  );
  expect((await stream.next()).value).toEqual({ contextChanged: { change: null } });
  const ended = stream.next();
  await unshare(one, owner, { id, kind, granteeId });
  const begun = performance.now();
  expect(await ended).toEqual({ done: true, value: undefined });
  // A second is promised on a machine that has nothing else to do; this one may.
  expect(performance.now() - begun).toBeLessThan(5_000);
  const again = await one.execute(viewer, `{ context(id: "${id}") { id } }`);
  expect(again.data).toEqual({ context: null });
});

test('a stream ends when the context is deleted for good, for its owner too', async () => {
  const id = await created(one, owner);
  const stream = other.messages(owner, `subscription { contextChanged(id: "${id}") { version } }`);
  await stream.next();
  const ended = stream.next();
  await remove(one, owner, { id, permanently: true });
  expect(await ended).toEqual({ done: true, value: undefined });
});

test('sharing again changes what they may do, and sharing the same changes nothing', async () => {
  const id = await created(one, owner);
  const grant = { id, kind: 'USER', granteeId: friendId };
  expect((await share(one, owner, { ...grant, access: 'READ' })).context?.version).toBe(2);
  expect((await share(one, owner, { ...grant, access: 'READ' })).context?.version).toBe(2);
  expect((await share(one, owner, { ...grant, access: 'WRITE' })).context?.version).toBe(3);
  expect((await unshare(one, owner, grant)).context?.version).toBe(4);
  expect((await unshare(one, owner, grant)).context?.version).toBe(4);
  expect((await share(one, owner, { ...grant, granteeId: ownerId, access: 'READ' })).fields).toEqual([
    { path: 'granteeId', message: 'must be somebody else than the owner' },
  ]);
});

test.each(['friend', '', 'service:context', 'a\0', 'x'.repeat(200)])('%j is no id to share with', async (granteeId) => {
  const id = await created(one, owner);
  const fields = [{ path: 'granteeId', message: 'must be an id as the product gives it (a UUID of version 7)' }];
  for (const kind of ['USER', 'ROLE', 'AGENT', 'WORKFLOW'])
    expect((await share(one, owner, { id, kind, granteeId, access: 'READ' })).fields).toEqual(fields);
});

test('shares change only at the version that was expected', async () => {
  const [owner, friend] = [userOf(newId()), newId()];
  const id = await created(one, owner);
  const of = { id, kind: 'USER', granteeId: friend };
  const conflict = (expected: number, currentVersion: number) => ({
    __typename: 'ContextVersionConflictError',
    message: `The context is at version ${currentVersion}, not ${expected}.`,
    currentVersion,
    context: { id, version: currentVersion, layerCount: 0 },
  });
  expect(await share(one, owner, { ...of, access: 'READ', expectedVersion: 2 })).toMatchObject(conflict(2, 1));
  expect(await share(one, owner, { ...of, access: 'READ', expectedVersion: 1 })).toMatchObject({
    context: { version: 2 },
  });
  expect(await unshare(one, owner, { ...of, expectedVersion: 1 })).toMatchObject(conflict(1, 2));
  expect(await unshare(one, owner, { ...of, expectedVersion: 2 })).toMatchObject({ context: { version: 3 } });
});

test('a share with an id of another shape is taken away like any other', async () => {
  const id = await created(one, owner);
  await contexts.pool.query(
    `insert into context_shares (context_id, kind, grantee_id, access) values ($1, 'USER', 'old', 'READ')`,
    [id],
  );
  expect((await unshare(one, owner, { id, kind: 'USER', granteeId: 'old' })).context?.version).toBe(2);
  expect((await unshare(one, owner, { id, kind: 'USER', granteeId: 'a\0' })).fields).toEqual([
    { path: 'granteeId', message: 'must not contain the character NUL' },
  ]);
});

test('an id that is none of a context is one that is not there', async () => {
  const granteeId = newId();
  for (const id of ['x', '', newId()]) {
    expect((await share(one, owner, { id, kind: 'USER', granteeId, access: 'READ' })).__typename).toBe('NotFoundError');
    expect((await restore(one, owner, { id, version: 1 })).__typename).toBe('NotFoundError');
  }
});

test('a context is shared with at most 200, and the one too many leaves no trace', async () => {
  const id = await created(one, owner);
  const grantees = Array.from({ length: 200 }, newId);
  await contexts.pool.query(
    `insert into context_shares (context_id, kind, grantee_id, access)
     select $1, 'USER', grantee, 'READ' from unnest($2::text[]) grantee`,
    [id, grantees],
  );
  const more = { id, kind: 'USER', granteeId: newId(), access: 'READ' };
  expect(await share(one, owner, more)).toMatchObject({
    __typename: 'ConflictError',
    message: 'A context is shared with at most 200.',
  });
  const { rows } = await contexts.pool.query(
    `select (select count(*) from context_shares where context_id = $1)::int as shares,
            (select count(*) from context_versions where context_id = $1)::int as versions`,
    [id],
  );
  expect(rows).toEqual([{ shares: 200, versions: 1 }]);
  expect((await share(one, owner, { ...more, granteeId: grantees[0], access: 'WRITE' })).__typename).toBe(
    'ShareContextSuccess',
  );
});

test('a share of a context in the bin is worth nothing until it comes out', async () => {
  const id = await created(one, owner, [{ a: 1 }]);
  const friend = userOf(friendId);
  await share(one, owner, { id, kind: 'USER', granteeId: friendId, access: 'WRITE' });
  await remove(one, owner, { id });
  expect(await resolved(one, friend, id)).toBeNull();
  await update(one, owner, { id, status: 'ACTIVE' });
  expect((await resolved(one, friend, id))?.value).toEqual({ a: 1 });
});

test('access says no more than the scopes of the viewer allow', async () => {
  const [ownerId, friendId] = [newId(), newId()];
  const owner = userOf(ownerId);
  const id = await created(one, owner, [{ a: 1 }]);
  await share(one, owner, { id, kind: 'USER', granteeId: friendId, access: 'WRITE' });
  const accessOf = async (viewer: Viewer) =>
    (await one.ask<{ context: { access: string } }>(viewer, 'query ($id: ID!) { context(id: $id) { access } }', { id }))
      .context.access;
  const reading = ['context:read'];
  expect(
    await Promise.all([owner, userOf(friendId), userOf(ownerId, reading), userOf(friendId, reading)].map(accessOf)),
  ).toEqual(['OWN', 'WRITE', 'READ', 'READ']);
});
