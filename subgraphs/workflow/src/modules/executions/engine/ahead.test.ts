import { until } from '@flowmesh/platform/testing';
import {
  createEngine,
  ended,
  readEvents,
  readExecution,
  startRequest,
  step,
  storeWorkflow,
} from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import type { Definition } from './definition.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const transform = (id: string, expression: string, more = {}) => step(id, { config: { expression }, ...more });
const chain = () =>
  storeWorkflow(database.pool, [
    transform('a', 'input + 1'),
    transform('b', 'steps.a.result * 2', { dependencies: ['a'] }),
    transform('c', 'steps.b.result + steps.a.result', { dependencies: ['b'] }),
  ]);

/** A process that works, and whose jobs are lost; it tells of those it has given to the queue. */
async function withWorker(work: (engine: ReturnType<typeof createEngine>['engine'], jobs: string[]) => Promise<void>) {
  const jobs: string[] = [];
  const { engine, work: begin } = createEngine(
    database.pool,
    createLocalQueues((job) => jobs.push((job.data as { executionId: string }).executionId) > 0),
  );
  const worker = await begin();
  await work(engine, jobs).finally(() => worker.stop());
}

const transactionsOf = async (id: string) =>
  (
    await database.pool.query<{ count: number }>(
      'select count(distinct transaction_id)::int as count from outbox_events where stream = $1',
      [`workflow-execution:${id}`],
    )
  ).rows[0]?.count;

const stepRows = async (id: string) =>
  (
    await database.pool.query<{ id: string; status: string; attempts: number; result: unknown; lease: string | null }>(
      `select step_id as id, status::text, attempts, result, lease_token as lease from workflow_step_executions
       where execution_id = $1 order by position`,
      [id],
    )
  ).rows;

const computed = (stepId: string, result: unknown) => ({ stepId, result, begunAt: 1, endedAt: 2 });
const ahead = (...steps: readonly ReturnType<typeof computed>[]) => ({ reruns: 0, steps });

/** Stored, and nobody works on it. */
async function waiting(definition: Definition) {
  const { engine } = createEngine(
    database.pool,
    createLocalQueues(() => true),
  );
  const { id } = await engine.start(startRequest(definition, 1));
  return { engine, id };
}

test('steps that only compute are stored with their execution: one transaction, no job, all events in order', async () => {
  const definition = await chain();
  await withWorker(async (engine, jobs) => {
    // The first expression of a process, or any on a busy machine, may take longer than a turn has.
    const id = await until('one is stored in one transaction', async () => {
      const started = await engine.start(startRequest(definition, 1));
      await ended(database.pool, started.id);
      return (await transactionsOf(started.id)) === 1 && started.id;
    });
    expect(await readExecution(database.pool, id)).toMatchObject({ status: 'COMPLETED', result: 6, event_seq: 8 });
    expect(await stepRows(id)).toEqual([
      { id: 'a', status: 'COMPLETED', attempts: 1, result: 2, lease: null },
      { id: 'b', status: 'COMPLETED', attempts: 1, result: 4, lease: null },
      { id: 'c', status: 'COMPLETED', attempts: 1, result: 6, lease: null },
    ]);
    expect(await readEvents(database.pool, id)).toEqual([
      'execution.started',
      ...['a', 'b', 'c'].flatMap((each) => [`step.started ${each}`, `step.completed ${each}`]),
      'execution.completed',
    ]);
    expect(jobs).toEqual([]);
  });
});

test('a key that is known begins nothing, whatever was computed for it', async () => {
  const definition = await chain();
  await withWorker(async (engine) => {
    const { id } = await engine.start(startRequest(definition, 1, 'key'));
    await ended(database.pool, id);
    const again = await engine.start(startRequest(definition, 2, 'key'));
    expect(again).toMatchObject({ id, created: false });
    expect(await readExecution(database.pool, id)).toMatchObject({ result: 6 });
  });
});

test('what only its holder may do stops it: conditions, failures, memory, results that cannot be stored', async () => {
  const steps = [
    transform('a', '1'),
    transform('condition', '2', { dependencies: ['a'], condition: 'steps.a.result == 1' }),
    transform('fails', '$error("no")', { dependencies: ['condition'], continueOnFailure: true }),
    transform('nul', '"\\u0000"', { dependencies: ['fails'], continueOnFailure: true }),
    transform('memory', '$count($keys(memory))', { dependencies: ['nul'] }),
    transform('end', 'steps.memory.result + 1', { dependencies: ['memory'] }),
  ];
  const definition = await storeWorkflow(database.pool, steps);
  await withWorker(async (engine) => {
    const { id } = await engine.start(startRequest(definition, 1));
    expect(await ended(database.pool, id)).toMatchObject({ status: 'COMPLETED', result: 1 });
    const { steps: states } = await readExecution(database.pool, id);
    expect(states).toEqual({
      ...{
        a: 'COMPLETED',
        condition: 'COMPLETED',
        fails: 'FAILED',
        nul: 'FAILED',
        memory: 'COMPLETED',
        end: 'COMPLETED',
      },
    });
  });
});

test('no step begins before those that it depends on have ended, however long ago it was computed', async () => {
  const { engine, id } = await waiting(await chain());
  const token = (await engine.apply(id, { kind: 'claim', stepId: 'a' }))?.claimed[0]?.token ?? '';
  const long = { stepId: 'b', result: 4, begunAt: 1, endedAt: 2 };
  const steps = [long, { stepId: 'c', result: 6, begunAt: 3, endedAt: 100_000 }];
  await engine.apply(id, { kind: 'complete', stepId: 'a', token, result: 2, ahead: { reruns: 0, steps } });
  const { rows } = await database.pool.query<{ ordered: boolean }>(
    `select bool_and(started_at >= before and completed_at >= started_at) as ordered from (
       select *, lag(completed_at, 1, started_at) over (order by step_id) as before
       from workflow_step_executions where execution_id = $1) steps`,
    [id],
  );
  expect(rows).toEqual([{ ordered: true }]);
});

describe('what was computed is refused', () => {
  test.each([['pause'], ['cancel']] as const)('after %s', async (kind) => {
    const { engine, id } = await waiting(await chain());
    await engine.apply(id, { kind });
    const before = await stepRows(id);
    const outcome = await engine.apply(id, { kind: 'compute', ahead: ahead(computed('a', 2), computed('b', 4)) });
    expect(outcome).toMatchObject({ applied: false, computed: 0 });
    expect(await stepRows(id)).toEqual(before);
  });

  test('once steps were run again since', async () => {
    const { engine, id } = await waiting(await chain());
    await engine.apply(id, { kind: 'cancel' });
    expect(await engine.apply(id, { kind: 'retry' })).toMatchObject({ applied: true, reruns: 3 });
    const late = await engine.apply(id, { kind: 'compute', ahead: ahead(computed('a', 0)) });
    expect(late).toMatchObject({ applied: false });
    const timely = await engine.apply(id, { kind: 'compute', ahead: { ...ahead(computed('a', 2)), reruns: 3 } });
    expect(timely).toMatchObject({ applied: true, computed: 1 });
  });

  test('from the first step on that another process has', async () => {
    const definition = await storeWorkflow(database.pool, [
      transform('a', '1'),
      transform('b', '2'),
      transform('c', 'steps.b.result', { dependencies: ['b'] }),
    ]);
    const { engine, id } = await waiting(definition);
    await engine.apply(id, { kind: 'claim', stepId: 'b' });
    const steps = ahead(computed('a', 1), computed('b', 'other'), computed('c', 'other'));
    expect(await engine.apply(id, { kind: 'compute', ahead: steps })).toMatchObject({ applied: true, computed: 1 });
    expect((await stepRows(id)).map(({ status, result }) => [status, result])).toEqual([
      ['COMPLETED', 1],
      ['RUNNING', null],
      ['PENDING', null],
    ]);
  });
});
