import { until } from '@flowmesh/platform/testing';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import {
  createEngine,
  ended,
  noAgents,
  readEvents,
  startRequest,
  step,
  storeWorkflow,
} from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { StepFailure, type AgentPort } from '../step-types/step-type.ts';
import type { StepDefinition } from './definition.ts';

let database: TestDatabase;
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await startTestDatabase();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

async function run(steps: readonly StepDefinition[], agents: AgentPort = noAgents) {
  const { engine, work } = createEngine(database.pool, createLocalQueues(), agents);
  running.push(await work());
  const request = startRequest(await storeWorkflow(database.pool, steps));
  await engine.start(request);
  return request.id;
}

const broken = { config: { expression: '$error("broken")' }, retryCount: 0 };
const quick = { initialDelayMs: 100, maxDelayMs: 100, multiplier: 1, nonRetryableErrors: [] };
const agent = { stepType: 'AGENT' as const, agentId: 'x', config: {} };

test('onFailure: its steps run when the step has failed, read its error, and the execution completes', async () => {
  const id = await run([
    step('a', { ...broken, onFailure: ['mend'] }),
    step('after', { dependencies: ['a'] }),
    step('behind', { dependencies: ['after'], onSkip: 'CONTINUE' }),
    step('mend', { dependencies: ['a'], config: { expression: 'steps.a.error' } }),
    step('last', { dependencies: ['behind', 'mend'], config: { expression: 'steps.mend.result.code' } }),
  ]);
  expect(await ended(database.pool, id)).toMatchObject({
    status: 'COMPLETED',
    error: null,
    result: 'EXPRESSION',
    steps: { a: 'FAILED', after: 'SKIPPED', behind: 'SKIPPED', mend: 'COMPLETED', last: 'COMPLETED' },
  });
});

test('onFailure: its steps are skipped when the step completes', async () => {
  const id = await run([
    step('a', { onFailure: ['mend'] }),
    step('mend', { dependencies: ['a'] }),
    step('notify', { dependencies: ['mend'] }),
    step('last', { dependencies: ['a', 'mend'] }),
  ]);
  expect(await ended(database.pool, id)).toMatchObject({
    status: 'COMPLETED',
    result: 'last',
    steps: { a: 'COMPLETED', mend: 'SKIPPED', notify: 'SKIPPED', last: 'COMPLETED' },
  });
});

test('onFailure: when its step fails too, the execution fails with that error', async () => {
  const id = await run([
    step('a', { ...broken, onFailure: ['mend'] }),
    step('mend', { ...broken, dependencies: ['a'], config: { expression: '$error("worse")' } }),
  ]);
  expect(await ended(database.pool, id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'EXPRESSION', message: 'worse', stepId: 'mend' },
  });
});

test('onSkip: CONTINUE runs what follows, with null as the result of the skipped step', async () => {
  const id = await run([
    step('a'),
    step('b', { dependencies: ['a'], condition: 'false', onSkip: 'CONTINUE' }),
    step('c', { dependencies: ['b'], config: { expression: '[steps.b.status, steps.b.result]' } }),
  ]);
  expect(await ended(database.pool, id)).toMatchObject({
    status: 'COMPLETED',
    result: ['SKIPPED', null],
    steps: { b: 'SKIPPED', c: 'COMPLETED' },
  });
});

test('retryPolicy: an error named in it, also by the code of the agent, is not retried', async () => {
  const begun: string[] = [];
  const agents: AgentPort = {
    ...noAgents,
    async begin({ agentId, idempotencyKey }) {
      begun.push(`${agentId} ${idempotencyKey.split(':')[2]}`);
      throw new StepFailure('AGENT_FAILED', 'NO_MONEY: none left', true, { cause: 'NO_MONEY' });
    },
  };
  const retryPolicy = { ...quick, nonRetryableErrors: ['NO_MONEY'] };
  const ids = [
    await run([step('a', { ...agent, agentId: 'named', retryCount: 2, retryPolicy })], agents),
    await run([step('a', { ...agent, agentId: 'other', retryCount: 2, retryPolicy: quick })], agents),
  ];
  for (const id of ids) {
    expect(await ended(database.pool, id)).toMatchObject({ status: 'FAILED', error: { code: 'AGENT_FAILED' } });
  }
  expect(begun.sort()).toEqual(['named 1.0', 'other 1.0', 'other 1.1', 'other 1.2']);
});

test('retryPolicy: delays grow as it says, and are never shorter than the cause wants', async () => {
  let failures = 0;
  const agents: AgentPort = {
    ...noAgents,
    async begin() {
      failures += 1;
      throw new StepFailure('AGENT_UNAVAILABLE', 'busy', true, failures === 2 ? { retryAfterMs: 60_000 } : {});
    },
  };
  const retryPolicy = { initialDelayMs: 200, maxDelayMs: 300, multiplier: 10, nonRetryableErrors: [] };
  const id = await run([step('a', { ...agent, retryCount: 9, retryPolicy })], agents);
  const wait = await until('the second retry is due in a minute', async () => {
    const { rows } = await database.pool.query<{ failures: number; ms: number }>(
      `select failures, extract(epoch from ready_at - clock_timestamp()) * 1000 as ms
       from workflow_step_executions where execution_id = $1 and failures = 2`,
      [id],
    );
    return rows[0];
  });
  expect(Number(wait.ms)).toBeGreaterThan(40_000);
  expect(Number(wait.ms)).toBeLessThanOrEqual(60_000);
});

test('waitTimeoutSeconds: a step that cannot start in time fails, and can be caught', async () => {
  // No worker runs steps: only the sweeper of time limits is tried.
  const { engine } = createEngine(
    database.pool,
    createLocalQueues(() => true),
  );
  const request = startRequest(
    await storeWorkflow(database.pool, [
      step('a'),
      step('b', { dependencies: ['a'], waitTimeoutSeconds: 1, onFailure: ['late'] }),
      step('late', { dependencies: ['b'] }),
    ]),
  );
  await engine.start(request);
  const outcome = await engine.apply(request.id, { kind: 'claim', stepId: 'a' });
  const token = outcome?.claimed[0]?.token ?? '';
  await engine.apply(request.id, { kind: 'complete', stepId: 'a', token, result: 1 });
  const early = await engine.apply(request.id, { kind: 'time-out', stepId: 'b' });
  expect(early?.applied).toBe(false);
  await until('it has waited long enough', async () => {
    const late = await engine.apply(request.id, { kind: 'time-out', stepId: 'b' });
    return late?.applied;
  });
  const { rows } = await database.pool.query(
    'select step_id, status, error from workflow_step_executions where execution_id = $1 order by step_id',
    [request.id],
  );
  expect(rows).toMatchObject([
    { step_id: 'a', status: 'COMPLETED' },
    {
      step_id: 'b',
      status: 'FAILED',
      error: { code: 'WAIT_TIMEOUT', message: 'The step could not start within 1 s.' },
    },
    { step_id: 'late', status: 'READY' },
  ]);
  expect(await readEvents(database.pool, request.id)).toContain('step.failed b');
});
