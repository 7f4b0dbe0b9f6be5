import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import { LOCK_COUNTS_SHARED } from '../analytics/access-counter.ts';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { change, created, layersOf, resolved, share, update } from '../../testing/operations.ts';

let contexts: ContextUnderTest;
let one: ContextProcess;

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process();
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const officer = userOf('officer', ['context:read-any', 'context:write-any', 'context:read', 'context:write']);
const erase = (userId: string, dryRun: boolean, process = one) =>
  process.mutate<Record<string, unknown>>(
    officer,
    'eraseSubject',
    { userId, dryRun },
    `... on EraseSubjectSuccess { dryRun receiptId contexts layers versions shares }
     ... on InvalidInputError { fields { path message } }`,
  );

/** Everything in the database in which the id stands as a text of its own, but for whom it is due: authors and receipts. */
async function traces(subject: string): Promise<string[]> {
  const { rows } = await contexts.pool.query<{ trace: string }>(
    `select 'context ' || id as trace from contexts where owner_id = $1 or metadata::text like '%' || $2 || '%'
     union all select 'version ' || version from context_versions where metadata::text like '%' || $2 || '%'
     union all select 'layer ' || version from context_layer_versions where data::text like '%' || $2 || '%'
     union all select 'search ' || id from context_layers where search_text ~ ('(^|\\n)' || $1 || '($|\\n)')
     union all select 'share' from context_shares where grantee_id = $1
     union all select 'reads' from context_accesses where reader_id = $1
     union all select 'type' from context_layer_types where owner_id = $1`,
    [subject, JSON.stringify(subject)],
  );
  return rows.map(({ trace }) => trace);
}

/** What somebody leaves: contexts, a type, a share, reads, and their id in a context of somebody else. */
async function leaveTraces(subject: string) {
  const [person, other] = [userOf(subject), userOf(`friend-of-${subject}`)];
  await created(one, person, [{ a: 1 }]);
  await created(one, person);
  await one.mutate(person, 'defineContextLayerType', { name: 'note', schema: {} }, '');
  const shared = await created(one, other, [
    { assignee: subject, text: `${subject} wrote this`, members: { [subject]: { since: 1 }, other: 2 } },
    { n: 1 },
  ]);
  const [layer] = await layersOf(one, other, shared);
  await change(one, other, { id: layer!.id, mergePatch: { reviewers: ['x', subject] } });
  await change(one, other, { id: layer!.id, mergePatch: { done: true } });
  await update(one, other, { id: shared, metadata: { lead: subject } });
  await update(one, other, { id: shared, metadata: { lead: 'else' } });
  await share(one, other, { id: shared, kind: 'USER', granteeId: subject, access: 'WRITE' });
  await resolved(one, person, shared);
  return { other, shared, layerId: layer!.id };
}

test('a person is erased from what is and what was, after a dry run that says the same', async () => {
  const [ada, bob] = [newId(), newId()];
  const { other, shared } = await leaveTraces(ada);
  await leaveTraces(bob);
  const bobs = await traces(bob);
  expect((await traces(ada)).length).toBeGreaterThan(8);
  const figures = { contexts: 2, layers: 1, versions: 4, shares: 1 };
  const before = await traces(ada);
  expect(await erase(ada, true)).toMatchObject({ dryRun: true, receiptId: null, ...figures });
  expect(await traces(ada)).toEqual(before);
  const { receiptId, ...done } = await erase(ada, false);
  expect(done).toMatchObject({ dryRun: false, ...figures });
  expect(await traces(ada)).toEqual([]);
  expect(await traces(bob)).toEqual(bobs);
  const { rows: receipts } = await contexts.pool.query(
    'select subject_id, requested_by, contexts, layers, versions from context_erasures where id = $1',
    [receiptId],
  );
  expect(receipts).toEqual([{ subject_id: ada, requested_by: 'officer', contexts: 2, layers: 1, versions: 4 }]);
  expect((await resolved(one, other, shared))?.value).toEqual({
    text: `${ada} wrote this`,
    members: { other: 2 },
    reviewers: ['x', null],
    done: true,
    n: 1,
  });
  expect((await resolved(one, other, shared, 1))?.value).toEqual({
    text: `${ada} wrote this`,
    members: { other: 2 },
    n: 1,
  });
  expect(await erase(ada, false)).toMatchObject({ contexts: 0, layers: 0, versions: 0, shares: 0 });
});

test('several erasures of one person at once count each thing once, in what they answer and in their receipts', async () => {
  const eve = newId();
  await leaveTraces(eve);
  await leaveTraces(eve);
  const two = await contexts.process();
  const all = await Promise.all([erase(eve, false), erase(eve, false), erase(eve, false, two), erase(eve, false, two)]);
  const sum = (name: string) => all.reduce((total, answer) => total + Number(answer[name]), 0);
  expect(['contexts', 'layers', 'versions', 'shares'].map(sum)).toEqual([4, 2, 8, 2]);
  expect(await traces(eve)).toEqual([]);
  const { rows } = await contexts.pool.query(
    `select count(*)::int as receipts, sum(contexts)::int as contexts, sum(layers)::int as layers, sum(versions)::int as versions
     from context_erasures where subject_id = $1`,
    [eve],
  );
  expect(rows).toEqual([{ receipts: 4, contexts: 4, layers: 2, versions: 8 }]);
});

test('reads that were noted before and are written behind it name nobody', async () => {
  const [fay, two] = [newId(), await contexts.process({ worker: false })];
  const { shared, other } = await leaveTraces(fay);
  const accesses = async () => {
    const query = 'select access_count::int as count from contexts where id = $1';
    return (await contexts.pool.query<{ count: number }>(query, [shared])).rows[0]!.count;
  };
  await until('the reads so far are written', async () => (await accesses()) === 5);
  await resolved(two, userOf(fay), shared);
  await resolved(two, other, shared);
  await erase(fay, false);
  await until('the others are written', async () => (await accesses()) === 7);
  expect(await traces(fay)).toEqual([]);
  const readers =
    'select reader_id as reader, sum(count)::int as count from context_accesses where context_id = $1 group by 1';
  expect((await contexts.pool.query(readers, [shared])).rows).toEqual([{ reader: `friend-of-${fay}`, count: 5 }]);
});

test('reads that are being written when it begins are removed', async () => {
  const gus = newId();
  const notShared = await created(one, userOf('friend'));
  const writing = await contexts.pool.connect();
  await writing.query('begin');
  await writing.query(LOCK_COUNTS_SHARED);
  await writing.query(
    `insert into context_accesses (context_id, day, reader_id, agent_id, workflow_id, layer_id, count)
     values ($1, current_date, $2, 'being written', '', '', 1)`,
    [notShared, gus],
  );
  const erased = erase(gus, false);
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and wait_event = 'advisory'`;
  await until('it waits', async () => (await contexts.pool.query(waiting)).rowCount! > 0);
  await writing.query('commit');
  writing.release();
  await erased;
  expect(await traces(gus)).toEqual([]);
});

test('receipts are listed, the latest first, for holders of `context:write-any`', async () => {
  const [hal, ida] = [newId(), newId()];
  await leaveTraces(hal);
  const [first, second] = [await erase(hal, false), await erase(ida, false)];
  const list = (filter: object) =>
    one.ask<{ contextErasures: unknown }>(
      officer,
      `query ($filter: ContextErasureFilter) { contextErasures(filter: $filter, first: 2) {
         totalCount nodes { id subjectId contexts layers versions shares requestedBy { id } } } }`,
      { filter },
    );
  const none = { contexts: 0, layers: 0, versions: 0, shares: 0 };
  const receipts = [
    { id: second['receiptId'], subjectId: ida, requestedBy: { id: 'officer' }, ...none },
    {
      id: first['receiptId'],
      subjectId: hal,
      requestedBy: { id: 'officer' },
      contexts: 2,
      layers: 1,
      versions: 4,
      shares: 1,
    },
  ];
  expect(await list({})).toMatchObject({ contextErasures: { nodes: receipts } });
  expect(await list({ userId: hal })).toEqual({ contextErasures: { totalCount: 1, nodes: [receipts[1]] } });
  expect(await list({ id: second['receiptId'], userId: hal })).toEqual({
    contextErasures: { totalCount: 0, nodes: [] },
  });
  const { rows } = await contexts.pool.query(
    'select count(*)::int as count from context_erasures where subject_id = $1 and completed_at >= created_at',
    [hal],
  );
  expect(rows).toEqual([{ count: 1 }]);
});

test('sizes are exact behind it, and the event tells who watches', async () => {
  const carl = newId();
  const { other, shared } = await leaveTraces(carl);
  const stream = one.messages<{ contextChanged: { change: string | null; layerId: string | null } }>(
    other,
    `subscription { contextChanged(id: "${shared}") { change layerId } }`,
  );
  await stream.next();
  await erase(carl, false);
  const changes = [(await stream.next()).value, (await stream.next()).value];
  expect(changes).toEqual([
    { contextChanged: { change: 'UNSHARED', layerId: null } },
    { contextChanged: { change: 'SUBJECT_ERASED', layerId: null } },
  ]);
  await stream.return(undefined);
  const layers = await layersOf(one, other, shared);
  const size = layers.reduce((sum, { data }) => sum + Buffer.byteLength(JSON.stringify(data)), 0);
  const { rows } = await contexts.pool.query(
    `select size_bytes::int as size, (select sum(size_bytes)::int from context_layers where context_id = c.id) as layers
     from contexts c where id = $1`,
    [shared],
  );
  expect(rows).toEqual([{ size, layers: size }]);
});

test('who has read a layer before, and writes it behind, is told of the change', async () => {
  const dora = newId();
  const { other, shared, layerId } = await leaveTraces(dora);
  const [read] = await layersOf(one, other, shared);
  await erase(dora, false);
  const written = await change(one, other, { id: layerId, data: read!.data, expectedVersion: read!.version });
  expect(written.__typename).toBe('ContextVersionConflictError');
  const patched = await change(one, other, { id: layerId, mergePatch: { more: 1 } });
  expect(patched.layer?.data).toMatchObject({ assignee: null, more: 1 });
});

test.each(['x', 'status', '', 'o%_\\"[dd]*', 'service:context', 'a\0'])(
  '%j is nobody, and nothing is erased',
  async (text) => {
    const owner = userOf('keeper');
    const data = text.includes('\0') ? { a: 1 } : { a: text, [text]: 1 };
    const id = await created(one, owner, [data]);
    const fields = [{ path: 'userId', message: 'must be an id as the product gives it (a UUID of version 7)' }];
    for (const dryRun of [true, false])
      expect(await erase(text, dryRun)).toMatchObject({ __typename: 'InvalidInputError', fields });
    expect((await layersOf(one, owner, id))[0]?.data).toEqual(data);
  },
);

test('it is for holders of `context:write-any`', async () => {
  const input = { userId: newId(), dryRun: true };
  const { errors } = await one.execute(
    userOf('nobody'),
    'mutation ($input: EraseSubjectInput!) { eraseSubject(input: $input) { __typename } }',
    { input },
  );
  expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN']);
});
