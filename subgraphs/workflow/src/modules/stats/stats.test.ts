import type { StoredEvent } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import { startTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { startWorkflow, user, type WorkflowHarness } from '../../testing/workflow-harness.ts';
import { Costs, SPENT } from './costs.ts';
import { StatsStore } from './stats-store.ts';

let workflow: WorkflowHarness;
beforeAll(async () => (workflow = await startWorkflow()));
afterAll(() => workflow.stop());

const FIGURES = `totalExecutions activeExecutions completedExecutions failedExecutions cancelledExecutions retries
  averageDurationMs p50DurationMs p95DurationMs averageQueueWaitMs p95QueueWaitMs
  perDay { day started completed failed cancelled }
  slowestSteps { workflowId stepId executions failures retries averageDurationMs p50DurationMs p99DurationMs }`;
interface Figures extends Record<string, unknown> {
  readonly slowestSteps: readonly Record<string, unknown>[];
}
const figures = async (owner: string, id: string) =>
  (
    await workflow.ask<{ workflow: { stats: Figures } }>(
      user(owner),
      `query ($id: ID!) { workflow(id: $id) { stats(days: 2) { ${FIGURES} } } }`,
      { id },
    )
  ).workflow.stats;

async function create(owner: string, expression: string) {
  const input = {
    name: newId(),
    steps: [
      { id: 'first', stepType: 'TRANSFORM', config: { expression: '1' } },
      { id: 'second', stepType: 'TRANSFORM', config: { expression }, retryCount: 0 },
    ],
  };
  const { createWorkflow } = await workflow.ask<{ createWorkflow: { workflow: { id: string } } }>(
    user(owner),
    `mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { ... on CreateWorkflowSuccess { workflow { id } } } }`,
    { input },
  );
  return createWorkflow.workflow.id;
}

const idOf = (answer: unknown) =>
  (answer as { executeWorkflow: { execution: { id: string } } }).executeWorkflow.execution.id;
const execute = async (owner: string, workflowId: string, input: object) =>
  idOf(
    await workflow.ask(
      user(owner),
      `mutation ($input: ExecuteWorkflowInput!) { executeWorkflow(input: $input) { ... on ExecuteWorkflowSuccess { execution { id } } } }`,
      { input: { workflowId, input } },
    ),
  );
const ended = (id: string) =>
  until('the execution has ended', async () => {
    const { rows } = await workflow.pool.query(
      'select 1 from workflow_executions where id = $1 and completed_at is not null',
      [id],
    );
    return rows.length === 1;
  });
/** What is summed up and what is not yet. */
const parts = async () => {
  const { rows } = await workflow.pool.query<{ changes: number; days: number }>(
    `select (select count(*) from workflow_stats_changes)::int as changes, (select count(*) from workflow_stats_days)::int as days`,
  );
  return rows[0]!;
};

test('figures are the same before and after they are summed up, and when an execution runs again', async () => {
  const id = await create('ada', 'input.bad ? $error("no") : 2');
  const executions = [
    await execute('ada', id, {}),
    await execute('ada', id, {}),
    await execute('ada', id, { bad: true }),
  ];
  for (const each of executions) await ended(each);
  const today = new Date().toISOString().slice(0, 10);
  const expected = {
    totalExecutions: 3,
    activeExecutions: 0,
    completedExecutions: 2,
    failedExecutions: 1,
    cancelledExecutions: 0,
    retries: 0,
    averageDurationMs: expect.any(Number),
    p50DurationMs: expect.any(Number),
    p95DurationMs: expect.any(Number),
    averageQueueWaitMs: expect.any(Number),
    p95QueueWaitMs: expect.any(Number),
    perDay: [
      expect.objectContaining({ started: 0 }),
      { day: today, started: 3, completed: 2, failed: 1, cancelled: 0 },
    ],
    slowestSteps: expect.any(Array),
  };
  const fresh = await figures('ada', id);
  expect(fresh).toEqual(expected);
  expect(new Map(fresh.slowestSteps.map(({ stepId, executions: n, failures }) => [stepId, [n, failures]]))).toEqual(
    new Map([
      ['first', [3, 0]],
      ['second', [2, 1]],
    ]),
  );
  const sums = new StatsStore(workflow.pool);
  await until('all is summed up', async () => (await sums.sumUp(1)) === 0 && (await parts()).changes === 0);
  expect(await figures('ada', id)).toEqual(fresh);

  const failed = executions[2]!;
  await workflow.ask(user('ada'), `mutation ($id: ID!) { retryWorkflowExecution(input: { id: $id }) { __typename } }`, {
    id: failed,
  });
  await until('it has failed again', async () => {
    const { rows } = await workflow.pool.query(
      `select 1 from workflow_executions e join workflow_step_executions s on s.execution_id = e.id
       where e.id = $1 and e.completed_at is not null and s.generation = 2`,
      [failed],
    );
    return rows.length === 1;
  });
  const rerun = await figures('ada', id);
  expect(rerun).toMatchObject({ totalExecutions: 3, failedExecutions: 1, completedExecutions: 2, activeExecutions: 0 });
  expect(rerun.slowestSteps.find(({ stepId }) => stepId === 'second')).toMatchObject({ executions: 2, failures: 1 });

  // Executions that are removed stay in the figures.
  await workflow.pool.query('delete from workflow_executions where workflow_id = $1', [id]);
  expect(await figures('ada', id)).toEqual(rerun);
});

describe('summing up', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await startTestDatabase()));
  afterAll(() => database.stop());

  const addWorkflow = (id: string) =>
    database.pool.query(
      `insert into workflows (id, owner_id, name, type, status, updated_at) values ($1, 'o', $1, 'SEQUENTIAL', 'ACTIVE', now())`,
      [id],
    );
  const day = '2026-01-31';
  /** Executions of 1, 2, … `count` seconds. */
  const addChanges = (workflowId: string, count: number) =>
    database.pool.query(
      `insert into workflow_stats_changes (workflow_id, owner_id, day, started, sign, status, ended_on, ms, waited_ms, retries, steps)
       select $1, 'o', $2, 1, 1, 'COMPLETED', '2026-01-31', n * 1000, n, 1,
              jsonb_build_array(jsonb_build_object('id', 'a', 'ms', n * 1000, 'failed', false, 'retries', 1))
       from generate_series(1, $3::int) n`,
      [workflowId, day, count],
    );

  test('by several processes at once counts everything once', async () => {
    await addWorkflow('many');
    await addChanges('many', 500);
    const store = new StatsStore(database.pool);
    const taken: number[] = [];
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let n = await store.sumUp(17); n > 0; n = await store.sumUp(17)) taken.push(n);
      }),
    );
    expect(taken.reduce((sum, n) => sum + n, 0)).toBe(500);
    const [totals] = await store.totals({ workflowIds: ['many'] }, day);
    expect(totals).toMatchObject({
      started: 500,
      completed: 500,
      durationMs: (500 * 501 * 1000) / 2,
      waited: 500,
      waitedMs: (500 * 501) / 2,
      retries: 500,
      ended: { '2026-01-31 COMPLETED': 500 },
      startedByDay: { '2026-01-31': 500 },
    });
    expect(Object.values(totals!.durations).reduce((sum, n) => sum + n, 0)).toBe(500);
    expect(await store.slowest({ ownerId: 'o' }, day, 1)).toMatchObject([
      { workflowId: 'many', stepId: 'a', completed: 500, durationMs: (500 * 501 * 1000) / 2, retries: 500 },
    ]);
  });

  test('counts the cost of a call once, exactly, on the day of the call, and forgets it later', async () => {
    await addWorkflow('paid');
    const costs = new Costs(database.pool);
    const event = (n: number, more: object = {}) =>
      ({
        type: SPENT,
        payload: {
          ...{ callId: `call-${n}`, workflowId: 'paid', idempotencyKey: `run:a:b:${n}`, costUsd: 0.1 },
          ...{ at: n % 2 ? '2026-02-01T00:00:00Z' : '2026-01-31T23:59:59.999Z', ...more },
        },
      }) as StoredEvent;
    const calls = Array.from({ length: 10 }, (_, n) => event(n));
    await Promise.all([...calls, ...calls].map((each) => costs.count(each)));
    await costs.count(event(10, { idempotencyKey: null }));
    await costs.count(event(11, { workflowId: 'gone' }));
    const store = new StatsStore(database.pool);
    const read = async () => [
      await store.totals({ workflowIds: ['paid'] }, day),
      await store.totals({ workflowIds: ['paid'] }, '2026-02-01'),
    ];
    const fresh = await read();
    expect(fresh).toMatchObject([
      [{ costUsd: 1.1, costByDay: { '2026-01-31': 0.6, '2026-02-01': 0.5 }, started: 0, completed: 0 }],
      [{ costUsd: 0.5 }],
    ]);
    await addChanges('paid', 1);
    const slowest = () => store.slowest({ workflowIds: ['paid'] }, day, 5);
    const steps = await slowest();
    expect(steps.map(({ stepId }) => stepId)).toEqual(['a']);
    while ((await store.sumUp(3)) > 0);
    expect((await read()).map(([row]) => row?.costUsd)).toEqual([1.1, 0.5]);
    expect(await slowest()).toEqual(steps);
    const { rows } = await database.pool.query(
      `select sum(cost_usd)::float8 as cost from workflow_stats_steps where workflow_id = 'paid' and step_id = 'a:b'`,
    );
    expect(rows).toEqual([{ cost: 1 }]);

    await costs.count(event(0));
    expect((await read()).map(([row]) => row?.costUsd)).toEqual([1.1, 0.5]);
    await database.pool.query(
      `update workflow_stats_calls set counted_at = now() - interval '41 days' where call_id < 'call-2'`,
    );
    expect(await costs.forget(2)).toBe(2);
  });

  test('drops what belongs to workflows that are gone, and old days', async () => {
    await addChanges('gone', 3);
    await addWorkflow('old');
    await addChanges('old', 3);
    const store = new StatsStore(database.pool);
    expect(await store.sumUp(100)).toBe(6);
    expect(await store.totals({ workflowIds: ['gone'] }, day)).toEqual([]);
    expect(await store.totals({ workflowIds: ['old'] }, day)).toMatchObject([{ started: 3 }]);
    await database.pool.query(
      `update workflow_stats_days set day = (now() at time zone 'UTC')::date - 368 where workflow_id = 'old'`,
    );
    expect(await store.removeOld(367, 10)).toBe(1);
    expect(await store.totals({ workflowIds: ['old'] }, '1970-01-01')).toEqual([]);
  });
});
