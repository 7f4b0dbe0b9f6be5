import { until } from '@flowmesh/platform/testing';
import {
  prepareContexts,
  userOf,
  type ContextProcess,
  type ContextUnderTest,
} from '../../testing/context-under-test.ts';
import { change, created, layersOf, resolved } from '../../testing/operations.ts';
import { CHANGED_MEANWHILE, WriteTurns } from './write-turns.ts';

let contexts: ContextUnderTest;
let one: ContextProcess;
const owner = userOf('owner');

beforeAll(async () => {
  contexts = await prepareContexts();
  one = await contexts.process({ worker: false });
}, 60_000);
afterAll(() => contexts.stop(), 30_000);

const waiting = async () => {
  const { rows } = await contexts.pool.query(
    `select 1 from pg_locks where locktype = 'advisory' and classid = 7041 and not granted`,
  );
  return rows.length;
};

test('who was overtaken has the turn next: writers of other processes wait for it, those of other contexts do not', async () => {
  const turns = new WriteTurns(contexts.pool);
  const id = await created(one, owner, [{}]);
  const elsewhere = await created(one, owner, [{}]);
  const [layer] = await layersOf(one, owner, id);
  const [another] = await layersOf(one, owner, elsewhere);
  const attempts: boolean[] = [];
  let other: ReturnType<typeof change> | undefined;
  const outcome = await turns.run(id, async (hasTurn) => {
    attempts.push(hasTurn);
    if (!hasTurn) return CHANGED_MEANWHILE;
    other = change(one, owner, { id: layer!.id, mergePatch: { a: 1 } });
    await until('the other writer waits', async () => (await waiting()) === 1);
    await change(one, owner, { id: another!.id, mergePatch: { a: 1 } });
    expect((await resolved(one, owner, id))?.value).toEqual({});
    return 'done';
  });
  expect([outcome, attempts]).toEqual(['done', [false, true]]);
  expect((await other)?.context?.version).toBe(2);
  expect((await resolved(one, owner, elsewhere))?.value).toEqual({ a: 1 });
});

test('whoever has no turn in time is told to come again, and the turn is free afterwards', async () => {
  const id = await created(one, owner, [{}]);
  const patient = new WriteTurns(contexts.pool);
  const hurried = new WriteTurns(contexts.pool, 200);
  const overtaken = (hasTurn: boolean) => Promise.resolve(hasTurn ? ('done' as const) : CHANGED_MEANWHILE);
  const unavailable = { extensions: { code: 'UNAVAILABLE', retryAfter: 2 } };
  await patient.run(id, async (hasTurn) => {
    if (!hasTurn) return CHANGED_MEANWHILE;
    await expect(hurried.run(id, overtaken)).rejects.toMatchObject(unavailable);
    return 'done';
  });
  expect(await hurried.run(id, overtaken)).toBe('done');
  await expect(hurried.run(id, () => Promise.resolve(CHANGED_MEANWHILE))).rejects.toMatchObject(unavailable);
});
