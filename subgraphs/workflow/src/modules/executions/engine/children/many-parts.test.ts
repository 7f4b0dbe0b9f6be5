import type { QueueJob, QueueSystem } from '@flowmesh/platform/queue';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { until } from '@flowmesh/platform/testing';
import {
  createEngine,
  ended,
  readExecution,
  startRequest,
  step,
  storeWorkflow,
} from '../../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../../testing/test-database.ts';
import { MAX_OPEN_PARTS, MAX_PARTS } from './root-parts.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

const stopping: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
});

const transform = { id: 'x', stepType: 'TRANSFORM', config: { expression: 'item' } };
const forEach = (id: string, items: string, steps: readonly object[], more: object = {}) => ({
  id,
  stepType: 'FOR_EACH' as const,
  config: { items, steps, ...more },
});
const nested = (outer: number, inner: number, body: object = transform, maxConcurrent = 100) => {
  const inside = forEach('inner', `[1..${inner}]`, [body], { maxConcurrent });
  return step('outer', forEach('outer', `[1..${outer}]`, [inside], { maxConcurrent }));
};

/** A queue that gives out its jobs by priority, so many at once. */
function orderedQueues(atOnce: number): QueueSystem {
  const local = createLocalQueues();
  const waiting: { readonly job: QueueJob<unknown>; readonly at: number }[] = [];
  const known = new Set<string>();
  let work: ((job: never, context: never) => Promise<void>) | undefined;
  let running = 0;
  let count = 0;
  const next = () => {
    while (work && running < atOnce && waiting.length > 0) {
      waiting.sort((a, b) => (a.job.priority ?? 0) - (b.job.priority ?? 0) || a.at - b.at);
      const [{ job }] = waiting.splice(0, 1) as [(typeof waiting)[number]];
      known.delete(job.id);
      running += 1;
      void work(job.data as never, {} as never)
        .catch(() => undefined)
        .finally(() => {
          running -= 1;
          next();
        });
    }
  };
  const add = (job: QueueJob<unknown>) => {
    if (known.has(job.id)) return;
    known.add(job.id);
    waiting.push({ job, at: (count += 1) });
    setImmediate(next);
  };
  return {
    ...local,
    queue: (name) => ({
      ...local.queue(name),
      add: async (job) => add(job),
      addBulk: async (jobs) => jobs.forEach(add),
    }),
    worker: (_name, _options, handler) => {
      work = handler as never;
      next();
      return {
        async stop() {
          work = undefined;
          await until('jobs have ended', async () => running === 0);
        },
      };
    },
  };
}

async function setUp(queues: QueueSystem) {
  const { engine, work } = createEngine(database.pool, queues);
  const worker = await work();
  stopping.push(() => worker.stop());
  return engine;
}

const countOf = async (id: string, more = '') => {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::int from workflow_executions where root_execution_id = $1 ${more}`,
    [id],
  );
  return rows[0]?.count ?? 0;
};

test('an execution has no more open parts than the limit and one for each step that waits', async () => {
  const engine = await setUp(createLocalQueues());
  const wait = { id: 'wait', stepType: 'DELAY', config: { seconds: 3_600 } };
  const request = startRequest(await storeWorkflow(database.pool, [nested(100, 100, wait)]));
  await engine.start(request);
  const open = `and status not in ('COMPLETED', 'FAILED', 'CANCELLED')`;
  // 100 outer ones, each of which has at least one: the limit is reached with what came first.
  await until(
    'all outer ones wait',
    async () => (await countOf(request.id, `and item_index = 0 and scope = 'inner'`)) === 100,
  );
  const count = await countOf(request.id, open);
  expect(count).toBeGreaterThanOrEqual(MAX_OPEN_PARTS);
  expect(count).toBeLessThanOrEqual(MAX_OPEN_PARTS + 100);
  await engine.apply(request.id, { kind: 'cancel' });
  await until('none is left', async () => (await countOf(request.id, open)) === 0);
}, 60_000);

/** Of an execution that has begun so many parts already when it comes to two items of ten each. */
async function endsAfter(begunBefore: number) {
  const engine = await setUp(createLocalQueues());
  const { pool } = database;
  const steps = [
    step('wait', { stepType: 'DELAY', config: { seconds: 3_600 } }),
    { ...nested(2, 10, transform, 1), dependencies: ['wait'] },
  ];
  const { id, ...rest } = startRequest(await storeWorkflow(pool, steps));
  await engine.start({ id, ...rest });
  await until('it waits', async () => (await readExecution(pool, id)).status === 'WAITING');
  await pool.query(`update workflow_executions set parts_begun = $2 where id = $1`, [id, begunBefore]);
  await pool.query(`update workflow_step_executions set wake_at = now() where execution_id = $1 and step_id = 'wait'`, [
    id,
  ]);
  const { status, error } = await ended(pool, id);
  const { rows } = await pool.query<{ parts_begun: number }>(
    'select parts_begun from workflow_executions where id = $1',
    [id],
  );
  return { status, error, begun: rows[0]?.parts_begun };
}

test('as many parts as an execution may have in all are begun, and not one more', async () => {
  expect(await endsAfter(MAX_PARTS - 22)).toEqual({ status: 'COMPLETED', error: null, begun: MAX_PARTS });
  expect(await endsAfter(MAX_PARTS - 21)).toEqual({
    status: 'FAILED',
    error: {
      code: 'CHILD_FAILED',
      stepId: 'outer',
      message:
        'The item 1 failed in the step inner with TOO_MANY_PARTS: The execution has begun 99991 items and rounds, ' +
        'the step needs 10 more, and at most 100000 are possible in all.',
    },
    begun: MAX_PARTS - 9,
  });
}, 60_000);

test('the nested items of one user hardly delay the execution of another', async () => {
  const engine = await setUp(orderedQueues(1));
  const hog = startRequest(await storeWorkflow(database.pool, [nested(100, 100)]));
  await engine.start(hog);
  await until('the items run', async () => (await countOf(hog.id, `and status = 'COMPLETED'`)) > 100);
  const one = { ...startRequest(await storeWorkflow(database.pool, [step('one')])), startedById: 'bob' };
  await engine.start(one);
  await ended(database.pool, one.id);
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::int from workflow_executions h, workflow_executions o
     where o.id = $2 and h.root_execution_id = $1 and h.completed_at > o.created_at and h.completed_at < o.started_at`,
    [hog.id, one.id],
  );
  // The one place of the queue becomes free after 32 parts, and what these have around them.
  expect(rows[0]?.count).toBeLessThanOrEqual(64);
  expect((await readExecution(database.pool, hog.id)).status).toBe('RUNNING');
  await engine.apply(hog.id, { kind: 'cancel' });
}, 60_000);
