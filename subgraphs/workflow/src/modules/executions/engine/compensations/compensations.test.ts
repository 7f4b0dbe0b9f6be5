import { closeSandbox } from '@flowmesh/platform/sandbox';
import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import {
  AT_THE_GRAPH,
  createEngine,
  noAgents,
  readExecution,
  ended,
  readEvents,
  startRequest,
  step,
  storeWorkflow,
} from '../../../../testing/engine-harness.ts';
import { HeldStore } from '../../held/held-store.ts';
import { removeOldExecutions } from '../../execution-retention.ts';
import type { AgentPort } from '../../step-types/step-type.ts';
import { createLocalQueues } from '../../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../../testing/test-database.ts';
import type { Compensation, StepDefinition } from '../definition.ts';
import { DEFAULT_RETRY_POLICY } from '../definition.ts';
import type { CompensationAction } from './compensation-status.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

/** Undoes a step by an expression, which may fail. */
const undo = (expression: string, more: Partial<Compensation> = {}): Compensation => ({
  stepType: 'TRANSFORM',
  agentId: null,
  config: { expression },
  timeoutSeconds: 300,
  retryCount: 0,
  retryPolicy: DEFAULT_RETRY_POLICY,
  when: 'COMPLETED',
  ...more,
});
const does = (id: string, dependencies: string[] = [], more: Partial<StepDefinition> = {}) =>
  step(id, { dependencies, compensation: undo(`"undid ${id}"`), ...more });
const fails = (id: string, dependencies: string[] = [], more: Partial<StepDefinition> = {}) =>
  step(id, { dependencies, retryCount: 0, config: { expression: '$error("broken")' }, ...more });

const compensationsOf = async (id: string) => {
  const { rows } = await database.pool.query<{
    readonly id: string;
    readonly step: string;
    readonly status: string;
    readonly runs: number;
    readonly result: unknown;
    readonly run: string;
  }>(
    `select c.id, c.step_id as step, c.status, c.runs, r.result, r.id as run from workflow_compensations c
     left join workflow_executions r on r.id = c.run_id where c.execution_id = $1 order by c.position`,
    [id],
  );
  return rows;
};
const statusOf = async (id: string): Promise<string> => {
  const { rows } = await database.pool.query<{ status: string }>(
    'select compensation_status as status from workflow_executions where id = $1',
    [id],
  );
  return rows[0]?.status ?? '';
};
const settled = (id: string, status: string) =>
  until(`the compensations of ${id} are ${status}`, async () => (await statusOf(id)) === status);

async function run(steps: readonly StepDefinition[], config = {}, input: unknown = null, agents = noAgents) {
  const { engine, work } = createEngine(database.pool, createLocalQueues(), agents);
  const worker = await work();
  const request = startRequest(await storeWorkflow(database.pool, steps, config), input);
  await engine.start(request);
  const decide = (compensationId: string, action: CompensationAction) =>
    engine.apply(request.id, {
      kind: 'decide-compensation',
      decision: { id: newId(), compensationId, action, userId: 'ada', reason: null, origin: AT_THE_GRAPH },
    });
  return { id: request.id, engine, decide, stop: () => worker.stop() };
}

test('completed steps are undone in reverse, one after the other, and read their results and the failure', async () => {
  const reads = undo('{"own": steps.b.result, "before": steps.a.result, "why": failure, "input": input}');
  const steps = [
    does('a'),
    does('b', ['a'], { compensation: reads }),
    does('c', ['b']),
    fails('d', ['c']),
    does('e', ['d']),
  ];
  const { id, stop } = await run(steps, {}, { n: 1 });
  try {
    expect((await ended(database.pool, id)).status).toBe('FAILED');
    await settled(id, 'COMPLETED');
    const why = { code: 'EXPRESSION', message: expect.stringContaining('broken'), step: 'd' };
    expect((await compensationsOf(id)).map(({ step: of, status, result }) => ({ of, status, result }))).toEqual([
      { of: 'c', status: 'COMPLETED', result: 'undid c' },
      { of: 'b', status: 'COMPLETED', result: { own: 'b', before: 'a', why, input: { n: 1 } } },
      { of: 'a', status: 'COMPLETED', result: 'undid a' },
    ]);
    expect((await readEvents(database.pool, id)).slice(-8)).toEqual([
      'execution.failed',
      ...['c', 'b', 'a'].flatMap((each) => [`compensation.started ${each}`, `compensation.completed ${each}`]),
      'execution.compensated',
    ]);
  } finally {
    await stop();
  }
});

test('a compensation that fails is stuck, the next ones wait until somebody retries, skips or completes it', async () => {
  const steps = [
    does('a'),
    does('b', ['a'], { compensation: undo('$error("no refund")') }),
    does('c', ['b'], { compensation: undo('$error("no return")') }),
    fails('d', ['c']),
  ];
  const { id, decide, stop } = await run(steps);
  try {
    await settled(id, 'STUCK');
    const states = async () =>
      (await compensationsOf(id)).map(({ step: of, status, runs }) => `${of} ${status} ${runs}`);
    expect(await states()).toEqual(['c FAILED 1', 'b PENDING 0', 'a PENDING 0']);
    const [c, b] = (await compensationsOf(id)).map(({ id: each }) => each) as [string, string];

    // Two at once: one of them counts.
    const both = await Promise.all([decide(c, 'RETRY'), decide(c, 'RETRY')]);
    expect(both.map((each) => each?.applied).sort()).toEqual([false, true]);
    await until('it has been tried again', async () => (await states())[0] === 'c FAILED 2');
    await settled(id, 'STUCK');

    expect((await decide(b, 'RETRY'))?.applied).toBe(false);
    expect((await decide(b, 'COMPLETE'))?.applied).toBe(true);
    expect(await statusOf(id)).toBe('STUCK');
    expect((await decide(c, 'SKIP'))?.applied).toBe(true);
    await settled(id, 'COMPLETED');
    expect(await states()).toEqual(['c SKIPPED 2', 'b COMPLETED 0', 'a COMPLETED 1']);
    expect((await decide(c, 'RETRY'))?.applied).toBe(false);
  } finally {
    await stop();
  }
});

test('told twice in one transaction to go on, it begins what undoes a step once', async () => {
  const { engine } = createEngine(
    database.pool,
    createLocalQueues(() => true),
  );
  const request = startRequest(await storeWorkflow(database.pool, [does('a'), step('z', { dependencies: ['a'] })]));
  const { id } = await engine.start(request);
  const claim = async (stepId: string) => (await engine.apply(id, { kind: 'claim', stepId }))?.claimed[0]?.token ?? '';
  await engine.apply(id, { kind: 'complete', stepId: 'a', token: await claim('a'), result: 1 }, { inline: 0 });
  const error = { code: 'EXPRESSION', message: 'broken' };
  const failure = { kind: 'fail', stepId: 'z', token: await claim('z'), error, retryable: false } as const;
  // Whoever runs steps goes on by itself.
  await engine.apply(id, failure, { inline: 1 });
  await Promise.all([engine.apply(id, { kind: 'compensate' }), engine.apply(id, { kind: 'compensate' })]);
  expect(await statusOf(id)).toBe('RUNNING');
  expect(await compensationsOf(id)).toMatchObject([{ step: 'a', status: 'RUNNING', runs: 1 }]);
});

test('what was begun a moment before in the same transaction has not failed', async () => {
  const { id, engine, decide, stop } = await run([
    does('a', [], { compensation: undo('$error("stuck")') }),
    fails('b', ['a']),
  ]);
  await settled(id, 'STUCK');
  await stop();
  const [a] = await compensationsOf(id);
  const again = () => engine.apply(id, { kind: 'compensate' });
  await Promise.all([decide(a!.id, 'RETRY'), again(), again()]);
  // Nobody works: it has begun and cannot have ended.
  expect(await statusOf(id)).toBe('RUNNING');
  expect(await compensationsOf(id)).toMatchObject([{ status: 'RUNNING', runs: 2 }]);
});

test('items, rounds and other steps of parts are undone too, with what is around them', async () => {
  const inner = does('x', [], { compensation: undo('{"item": item, "index": index, "own": steps.x.result}') });
  const each = step('each', {
    stepType: 'FOR_EACH',
    dependencies: ['a'],
    config: { items: '["p", "q"]', maxConcurrent: 1, steps: [{ ...inner, config: { expression: 'item & "!"' } }] },
  });
  const { id, stop } = await run([does('a'), each, fails('z', ['each'])]);
  try {
    await settled(id, 'COMPLETED');
    expect((await compensationsOf(id)).map(({ step: of, result }) => ({ of, result }))).toEqual([
      { of: 'x', result: { item: 'q', index: 1, own: 'q!' } },
      { of: 'x', result: { item: 'p', index: 0, own: 'p!' } },
      { of: 'a', result: 'undid a' },
    ]);
  } finally {
    await stop();
  }
});

test.each([
  { compensateOn: undefined, status: 'NONE' },
  { compensateOn: ['FAILED'], status: 'NONE' },
  { compensateOn: ['FAILED', 'CANCELLED'], status: 'COMPLETED' },
])('a cancelled execution is undone if the workflow says so: $compensateOn', async ({ compensateOn, status }) => {
  const waits = step('wait', { stepType: 'DELAY', config: { seconds: 1_000 }, dependencies: ['a'] });
  const { id, engine, stop } = await run([does('a'), waits], compensateOn ? { compensateOn } : {});
  try {
    await until('it waits', async () => (await readEvents(database.pool, id)).includes('step.waiting wait'));
    await engine.apply(id, { kind: 'cancel' });
    await settled(id, status);
    expect((await compensationsOf(id)).map(({ step: of }) => of)).toEqual(status === 'NONE' ? [] : ['a']);
  } finally {
    await stop();
  }
});

test('nothing has completed: nothing is undone; a step that began is undone if it says so', async () => {
  const { id, stop } = await run([fails('a', [], { compensation: undo('1') })]);
  const other = await run([fails('a', [], { compensation: undo('{"own": steps.a.result}', { when: 'STARTED' }) })]);
  try {
    await ended(database.pool, id);
    expect(await statusOf(id)).toBe('NONE');
    expect((await readEvents(database.pool, id)).at(-1)).toBe('execution.failed');
    await settled(other.id, 'COMPLETED');
    expect(await compensationsOf(other.id)).toMatchObject([{ step: 'a', status: 'COMPLETED', result: { own: null } }]);
  } finally {
    await Promise.all([stop(), other.stop()]);
  }
});

test('what is undone, or may be, is not run again', async () => {
  const { id, engine, stop } = await run([does('a'), fails('b', ['a'])]);
  try {
    await settled(id, 'COMPLETED');
    expect((await engine.apply(id, { kind: 'retry' }))?.applied).toBe(false);
  } finally {
    await stop();
  }
});

test('an execution is kept as long as something of it is to be undone', async () => {
  const { pool } = database;
  const { id, decide, stop } = await run([does('a', [], { compensation: undo('$error("stuck")') }), fails('b', ['a'])]);
  try {
    await settled(id, 'STUCK');
    await pool.query(`update workflow_executions set completed_at = now() - interval '100 days' where id = $1`, [id]);
    expect(await removeOldExecutions(pool, 90, 10)).toBe(0);
    const [stuck] = await compensationsOf(id);
    await decide(stuck?.id ?? '', 'SKIP');
    expect(await removeOldExecutions(pool, 90, 10)).toBe(1);
    expect(await compensationsOf(id)).toEqual([]);
  } finally {
    await stop();
  }
});

test('what undoes steps of a suspended user pauses, and goes on when they are reactivated', async () => {
  const { pool } = database;
  const working: AgentPort = { ...noAgents, begin: async () => 'working' };
  const asks = undo('', { stepType: 'AGENT', agentId: 'agent', config: { input: '1' } });
  const { id, engine, stop } = await run([does('a', [], { compensation: asks }), fails('b', ['a'])], {}, null, working);
  const held = new HeldStore(pool);
  try {
    const runId = await until('it runs', async () => (await compensationsOf(id))[0]?.run);
    await pool.query(`insert into suspended_users (user_id) values ('starter')`);
    expect(await held.unheld(10)).toContain(runId);
    await held.markHeld(runId);
    await engine.apply(runId, { kind: 'pause' });
    expect((await readExecution(pool, runId)).status).toBe('PAUSED');
    await pool.query('delete from suspended_users');
    expect(await held.released(10)).toEqual([runId]);
    await engine.apply(runId, { kind: 'resume' });
    expect((await readExecution(pool, runId)).status).toBe('RUNNING');
    expect(await statusOf(id)).toBe('RUNNING');
  } finally {
    await pool.query('delete from suspended_users');
    await stop();
  }
});
