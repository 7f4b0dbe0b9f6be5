import { newId } from '@flowmesh/platform/ids';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { until } from '@flowmesh/platform/testing';
import type { Pool } from 'pg';
import { createEngine, startRequest, step, storeWorkflow } from '../../testing/engine-harness.ts';
import { createLocalQueues } from '../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import type { Engine } from '../executions/engine/engine.ts';
import type { WorkflowLimits } from './limit-record.ts';
import { LimitStore } from './limit-store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

/** A process: its own engine and queue, on the database of all. */
async function process() {
  const made = createEngine(database.pool, createLocalQueues());
  running.push(await made.work());
  return made;
}

async function limited(limits: Partial<WorkflowLimits>, seconds = 3_600) {
  const definition = await storeWorkflow(database.pool, [step('wait', { stepType: 'DELAY', config: { seconds } })]);
  await new LimitStore(database.pool).set(definition.workflowId, { concurrency: null, rateLimit: null, ...limits });
  const start = async (engine: Engine, key = '', more: object = {}) => {
    const request = { ...startRequest(definition), limitKeys: { concurrency: key, rate: key }, ...more };
    await engine.start(request);
    return request.id;
  };
  return { workflowId: definition.workflowId, definition, start };
}

const concurrency = (limit: number, onLimit: 'QUEUE' | 'REJECT' | 'CANCEL_OLDEST' = 'QUEUE') => ({
  concurrency: { limit, key: null, onLimit },
});

interface Row {
  readonly id: string;
  readonly status: string;
  readonly start_gate: string;
  readonly code: string | null;
}

async function rowsOf(pool: Pool, workflowId: string): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `select id, status::text, start_gate::text, error ->> 'code' as code from workflow_executions
     where workflow_id = $1 order by id`,
    [workflowId],
  );
  return rows;
}
const idsWhere = async (workflowId: string, test: (row: Row) => boolean) =>
  (await rowsOf(database.pool, workflowId)).filter(test).map(({ id }) => id);
const begun = (workflowId: string) => idsWhere(workflowId, ({ status }) => status === 'WAITING');
const queued = (workflowId: string) =>
  idsWhere(workflowId, ({ status, start_gate: gate }) => status === 'PENDING' && gate === 'QUEUED');

test('two processes begin no more than the limit, each time one ends the next one, in their order', async () => {
  const [one, two] = [await process(), await process()];
  const { workflowId, start } = await limited(concurrency(3));
  const ids: string[] = [];
  for (let n = 0; n < 10; n += 1) ids.push(await start(n % 2 ? one.engine : two.engine));
  await until('three have begun', async () => (await begun(workflowId)).length === 3);
  expect(await queued(workflowId)).toHaveLength(7);
  for (let first = 0; first < 10; first += 1) {
    const open = ids.slice(first, first + 3);
    await until('the next one has begun', async () => String(await begun(workflowId)) === String(open));
    expect(await queued(workflowId)).toEqual(ids.slice(first + 3));
    await (first % 2 ? one : two).engine.apply(ids[first]!, { kind: 'cancel' });
  }
});

test('many at once, of many processes and keys: never more of one key than its limit', async () => {
  const processes = [await process(), await process(), await process()];
  const { workflowId, start } = await limited(concurrency(2));
  const keys = ['a', 'b', 'c', 'd'];
  await Promise.all(Array.from({ length: 60 }, (_, n) => start(processes[n % 3]!.engine, keys[n % 4])));
  await until('two of each have begun', async () => (await begun(workflowId)).length === 8);
  const { rows } = await database.pool.query(
    `select s.running_key, count(*)::int from workflow_limited_starts s where s.workflow_id = $1 and s.let_in_at is not null
     group by 1 order by 1`,
    [workflowId],
  );
  expect(rows).toEqual(keys.map((key) => ({ running_key: key, count: 2 })));
});

test('what ended in a process that was killed before it could tell is found by the next round', async () => {
  const one = await process();
  const { workflowId, start } = await limited(concurrency(1));
  const [first, second] = [await start(one.engine), await start(one.engine)];
  await until('one has begun', async () => (await begun(workflowId)).length === 1);
  await database.pool.query(`update workflow_executions set status = 'CANCELLED', completed_at = now() where id = $1`, [
    first,
  ]);
  expect(await queued(workflowId)).toEqual([second]);
  await one.gates.round();
  await until('the next one has begun', async () => String(await begun(workflowId)) === String([second]));
});

test('REJECT ends what is too much before any step of it begins', async () => {
  const one = await process();
  const { workflowId, start } = await limited(concurrency(2, 'REJECT'));
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push(await start(one.engine));
  const rows = await rowsOf(database.pool, workflowId);
  expect(rows.slice(2)).toEqual(
    ids.slice(2).map((id) => ({ id, status: 'CANCELLED', start_gate: 'QUEUED', code: 'CONCURRENCY_LIMIT' })),
  );
  const { rows: steps } = await database.pool.query(
    'select sum(attempts)::int as attempts from workflow_step_executions where execution_id = any($1)',
    [ids.slice(2)],
  );
  expect(steps).toEqual([{ attempts: 0 }]);
  await until('the others run', async () => (await begun(workflowId)).length === 2);
});

test('starts that can be refused, of three processes at once: exactly as many are stored as may run', async () => {
  const processes = [await process(), await process(), await process()];
  const { workflowId, definition } = await limited(concurrency(4, 'REJECT'));
  const started = await Promise.all(
    Array.from({ length: 45 }, (_, n) =>
      processes[n % 3]!.engine.start({
        ...startRequest(definition),
        ...{ limitKeys: { concurrency: '', rate: '' }, refusable: true },
      }),
    ),
  );
  const accepted = started.filter(({ created }) => created).map(({ id }) => id);
  expect(accepted).toHaveLength(4);
  expect(started.filter(({ created }) => !created).map(({ refused }) => refused)).toEqual(
    Array.from({ length: 41 }, () => ({ limit: 4, key: null, running: 4 })),
  );
  await until(
    'those that were accepted run',
    async () => String(await begun(workflowId)) === String(accepted.toSorted()),
  );
  expect(await rowsOf(database.pool, workflowId)).toHaveLength(4);
});

test('CANCEL_OLDEST ends those that have begun first, as many as have come', async () => {
  const one = await process();
  const { workflowId, start } = await limited(concurrency(2, 'CANCEL_OLDEST'));
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    ids.push(await start(one.engine));
    const last = ids.slice(-2);
    await until('the last two run', async () => String(await begun(workflowId)) === String(last));
  }
  const ended = await idsWhere(workflowId, ({ code }) => code === 'CONCURRENCY_LIMIT');
  expect(ended).toEqual(ids.slice(0, 3));
});

test('a rate limit lets in so many in any time, the next ones when the time has passed', async () => {
  const one = await process();
  const { workflowId, start } = await limited({ rateLimit: { limit: 3, perSeconds: 60, key: null } });
  for (let n = 0; n < 8; n += 1) await start(one.engine);
  await until('three have begun', async () => (await begun(workflowId)).length === 3);
  await one.gates.round();
  expect(await queued(workflowId)).toHaveLength(5);
  const pass = (seconds: number) =>
    database.pool.query(
      `update workflow_limited_starts set begun_at = begun_at - make_interval(secs => $2) where workflow_id = $1`,
      [workflowId, seconds],
    );
  await pass(50);
  await one.gates.round();
  expect(await queued(workflowId)).toHaveLength(5);
  await pass(11);
  await one.gates.round();
  await until('three more have begun', async () => (await begun(workflowId)).length === 6);
  expect(await queued(workflowId)).toHaveLength(2);
});

test('while workers are away no more are let in than may begin in the time, however long that takes', async () => {
  const { engine, gates } = createEngine(database.pool, createLocalQueues());
  const { workflowId, start } = await limited({ rateLimit: { limit: 3, perSeconds: 1, key: null } });
  for (let n = 0; n < 8; n += 1) await start(engine);
  const letIn = async () =>
    (
      await database.pool.query<{ count: number }>(
        'select count(*)::int from workflow_limited_starts where workflow_id = $1 and let_in_at is not null',
        [workflowId],
      )
    ).rows[0]?.count;
  expect(await letIn()).toBe(3);
  await database.pool.query(
    `update workflow_limited_starts set let_in_at = let_in_at - interval '1 hour' where workflow_id = $1`,
    [workflowId],
  );
  await gates.round();
  expect(await letIn()).toBe(3);
  const { rows } = await database.pool.query<{ id: string }>(
    `update workflow_executions set started_at = clock_timestamp() - interval '2 seconds'
     where workflow_id = $1 and start_gate = 'PASSED' returning id`,
    [workflowId],
  );
  expect(rows).toHaveLength(3);
  await gates.round();
  expect(await letIn()).toBe(6);
});

test('one that is paused while it waits goes on waiting when it is resumed', async () => {
  const one = await process();
  const { workflowId, start } = await limited(concurrency(1));
  const [first, second] = [await start(one.engine), await start(one.engine)];
  await one.engine.apply(second, { kind: 'pause' });
  await one.engine.apply(first, { kind: 'cancel' });
  await one.gates.round();
  expect(await begun(workflowId)).toEqual([]);
  await one.engine.apply(second, { kind: 'resume' });
  await one.gates.round();
  await until('it has begun', async () => String(await begun(workflowId)) === String([second]));
});

test('a higher priority goes first among those of one starter, and not before those of others', async () => {
  const one = await process();
  const { workflowId, start } = await limited(concurrency(1));
  const first = await start(one.engine, '', { startedById: newId() });
  const [ann, bob] = [newId(), newId()];
  const low = await start(one.engine, '', { startedById: ann, priority: 'LOW' });
  const normal = [await start(one.engine, '', { startedById: ann }), await start(one.engine, '', { startedById: ann })];
  const high = await start(one.engine, '', { startedById: ann, priority: 'HIGH' });
  const other = await start(one.engine, '', { startedById: bob });
  const order: string[] = [];
  let current = first;
  for (let n = 0; n < 5; n += 1) {
    await one.engine.apply(current, { kind: 'cancel' });
    current = await until('another one has begun', async () => {
      const [open] = await begun(workflowId);
      return open !== undefined && open !== current && open;
    });
    order.push(current);
  }
  const place = (id: string) => order.indexOf(id);
  // What was first in turn is not passed by; then the higher priority, and one of each starter.
  expect(place(low)).toBe(0);
  expect(place(high)).toBeLessThan(place(normal[1]!));
  expect(place(other)).toBeLessThan(place(normal[1]!));
  expect(place(normal[0]!)).toBeLessThan(place(normal[1]!));
});
