import { ServiceAwayError } from '@flowmesh/platform/services';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import {
  createEngine,
  ended,
  noAgents,
  readEvents,
  readExecution,
  startRequest,
  step,
  storeWorkflow,
} from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import type { AgentPort } from '../step-types/step-type.ts';
import type { AgentOutcome } from './commands.ts';
import type { StepDefinition } from './definition.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});

afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

/** Workers that stop at the end of the test. */
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
});

interface SetUp {
  readonly agents?: AgentPort;
  readonly lose?: () => boolean;
  readonly working?: boolean;
  readonly serviceWaitMs?: number;
}

async function setUp(options: SetUp = {}) {
  const { agents = noAgents, lose, working = true, serviceWaitMs } = options;
  const { pool } = database;
  const queues = createLocalQueues(lose);
  const { engine, work } = createEngine(pool, queues, agents, serviceWaitMs);
  if (working) running.push(await work());
  return { pool, engine, work: async () => void running.push(await work()) };
}

/** Agents whose work ends as the test says: at once when it is known what will become of the key. */
function controlledAgents(decide: (key: string) => AgentOutcome | undefined = () => undefined) {
  const begun = new Map<string, string>();
  const outcomes = new Map<string, AgentOutcome>();
  const stopped: string[] = [];
  const port: AgentPort = {
    async begin({ idempotencyKey }) {
      const id = begun.get(idempotencyKey) ?? newId();
      begun.set(idempotencyKey, id);
      const outcome = decide(idempotencyKey);
      if (outcome) outcomes.set(id, outcome);
      return id;
    },
    async ended(ids) {
      return new Map(ids.flatMap((id) => (outcomes.has(id) ? [[id, outcomes.get(id) as AgentOutcome] as const] : [])));
    },
    async stop({ idempotencyKey }) {
      stopped.push(idempotencyKey);
      const id = begun.get(idempotencyKey);
      const error = { code: 'AGENT_STOPPED', message: 'The execution of the agent was stopped.' };
      if (id && !outcomes.has(id)) outcomes.set(id, { ok: false, error, retryable: false });
    },
  };
  return { port, begun, outcomes, stopped };
}

test('a chain: values flow, events are numbered, the last step is the result', async () => {
  const { pool, engine } = await setUp();
  const definition = await storeWorkflow(
    pool,
    [
      step('a', { config: { expression: 'input.n + context.plus' } }),
      step('b', { dependencies: ['a'], config: { expression: 'steps.a.result * 2' } }),
      step('c', { dependencies: ['b'], stepType: 'CONDITION', config: { expression: 'steps.b.result > 5' } }),
    ],
    { plus: 1 },
  );
  const request = startRequest(definition, { n: 2 });
  await engine.start(request);
  expect(await ended(pool, request.id)).toMatchObject({ status: 'COMPLETED', result: true, event_seq: 8 });
  expect(await readEvents(pool, request.id)).toEqual([
    'execution.started',
    ...['a', 'b', 'c'].flatMap((id) => [`step.started ${id}`, `step.completed ${id}`]),
    'execution.completed',
  ]);
  const { rows } = await pool.query('select * from workflows where id = $1', [definition.workflowId]);
  expect(rows[0]).toMatchObject({ execution_count: 1, success_count: 1, failure_count: 0 });
  expect(rows[0].average_duration_ms).toBe(rows[0].total_duration_ms);
});

test('branches: a false condition skips, and what depends on skipped steps only', async () => {
  const { pool, engine } = await setUp();
  const definition = await storeWorkflow(pool, [
    step('kind', { stepType: 'CONDITION', config: { expression: 'input.urgent == true' } }),
    step('urgent', { dependencies: ['kind'], condition: 'steps.kind.result == true' }),
    step('behind', { dependencies: ['urgent'] }),
    step('calm', { dependencies: ['kind'], condition: 'steps.kind.result == false' }),
    step('join', {
      dependencies: ['behind', 'calm'],
      config: { expression: '{"urgent": steps.behind.result, "calm": steps.calm.result}' },
    }),
  ]);
  const request = startRequest(definition, { urgent: false });
  await engine.start(request);
  expect(await ended(pool, request.id)).toMatchObject({
    status: 'COMPLETED',
    result: { urgent: null, calm: 'calm' },
    steps: { kind: 'COMPLETED', urgent: 'SKIPPED', behind: 'SKIPPED', calm: 'COMPLETED', join: 'COMPLETED' },
  });
});

test('a step that fails for good ends the execution; one that may fail does not', async () => {
  const { pool, engine } = await setUp();
  const bad = { config: { expression: '$error("broken")' }, retryCount: 0 };
  const fatal = await storeWorkflow(pool, [step('a', bad), step('b', { dependencies: ['a'] })]);
  const tolerant = await storeWorkflow(pool, [
    step('a', { ...bad, continueOnFailure: true }),
    step('b', { dependencies: ['a'], config: { expression: '[steps.a.status, steps.a.result]' } }),
  ]);
  const [first, second] = [startRequest(fatal), startRequest(tolerant)];
  await Promise.all([engine.start(first), engine.start(second)]);
  expect(await ended(pool, first.id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'EXPRESSION', message: 'broken', stepId: 'a' },
    steps: { a: 'FAILED', b: 'CANCELLED' },
  });
  expect(await ended(pool, second.id)).toMatchObject({ status: 'COMPLETED', result: ['FAILED', null] });
});

test('an idempotency key begins one execution, however many ask at once', async () => {
  const { pool, engine } = await setUp();
  const definition = await storeWorkflow(pool, [step('a')]);
  const requests = Array.from({ length: 20 }, () => startRequest(definition, null, 'key'));
  const started = await Promise.all(requests.map((request) => engine.start(request)));
  expect(new Set(started.map(({ id }) => id)).size).toBe(1);
  expect(started.filter(({ created }) => created)).toHaveLength(1);
});

test('two who end the same attempt at the same time: one is heard', async () => {
  const { pool, engine } = await setUp({ working: false });
  const definition = await storeWorkflow(pool, [step('a'), step('b', { dependencies: ['a'] })]);
  const request = startRequest(definition);
  await engine.start(request);
  const claims = await Promise.all([1, 2, 3].map(() => engine.apply(request.id, { kind: 'claim', stepId: 'a' })));
  const [claimed] = claims.flatMap((outcome) => outcome?.claimed ?? []);
  expect(claims.filter((outcome) => outcome?.applied)).toHaveLength(1);
  const other = createEngine(pool, createLocalQueues()).engine;
  const complete = { kind: 'complete', stepId: 'a', token: claimed?.token ?? '', result: 1 } as const;
  const outcomes = await Promise.all([engine, other, engine, other].map((each) => each.apply(request.id, complete)));
  expect(outcomes.filter((outcome) => outcome?.applied)).toHaveLength(1);
  expect(await readEvents(pool, request.id)).toEqual(['execution.started', 'step.started a', 'step.completed a']);
});

test('a lost lease: the step is begun again under the same key, and the late answer is refused', async () => {
  const { pool, engine, work } = await setUp({ working: false });
  const definition = await storeWorkflow(pool, [step('a')]);
  const request = startRequest(definition);
  await engine.start(request);
  const lost = (await engine.apply(request.id, { kind: 'claim', stepId: 'a' }))?.claimed[0];
  await pool.query(
    `update workflow_step_executions set lease_expires_at = now() - interval '1 s'
                    where execution_id = $1`,
    [request.id],
  );
  await engine.apply(request.id, { kind: 'expire', stepId: 'a' });
  const again = (await engine.apply(request.id, { kind: 'claim', stepId: 'a' }))?.claimed[0];
  expect(again?.key).toEqual(lost?.key);
  const late = await engine.apply(request.id, {
    kind: 'complete',
    stepId: 'a',
    token: lost?.token ?? '',
    result: 'late',
  });
  expect(late?.applied).toBe(false);
  await engine.apply(request.id, { kind: 'complete', stepId: 'a', token: again?.token ?? '', result: 'in time' });
  expect(await readExecution(pool, request.id)).toMatchObject({ status: 'COMPLETED', result: 'in time' });
  const { rows } = await pool.query('select attempts from workflow_step_executions where execution_id = $1', [
    request.id,
  ]);
  expect(rows).toEqual([{ attempts: 1 }]);
  await work();
});

test('jobs that are lost, or come twice, change nothing but the time it takes', async () => {
  let count = 0;
  const { pool, engine } = await setUp({ lose: () => (count += 1) <= 2 });
  const definition = await storeWorkflow(pool, [
    step('a'),
    step('b', { dependencies: ['a'], condition: 'true' }),
    step('c', { dependencies: ['b'] }),
  ]);
  const request = startRequest(definition);
  await engine.start(request);
  await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      engine.enqueue(request.id, [{ stepId: 'a', delayMs: 0, occasion: `again-${n}` }]),
    ),
  );
  expect((await ended(pool, request.id)).status).toBe('COMPLETED');
  expect((await readEvents(pool, request.id)).filter((event) => event.startsWith('step.completed'))).toEqual([
    'step.completed a',
    'step.completed b',
    'step.completed c',
  ]);
});

test('nothing begins while paused; what was ready goes on when resumed', async () => {
  const agents = controlledAgents();
  const { pool, engine } = await setUp({ agents: agents.port });
  const definition = await storeWorkflow(pool, [
    step('a', { stepType: 'AGENT', agentId: 'x', config: {} }),
    step('b', { dependencies: ['a'] }),
  ]);
  const request = startRequest(definition);
  await engine.start(request);
  const agentExecutionId = await until('the agent is called', async () => {
    const { steps } = await readExecution(pool, request.id);
    return steps['a'] === 'WAITING' && [...agents.begun.values()][0];
  });
  expect((await readExecution(pool, request.id)).status).toBe('RUNNING');
  expect((await engine.apply(request.id, { kind: 'pause' }))?.status).toBe('PAUSED');
  expect((await engine.apply(request.id, { kind: 'pause' }))?.applied).toBe(false);
  const outcome = { ok: true, result: 'done' } as const;
  await engine.apply(request.id, { kind: 'agent-ended', stepId: 'a', agentExecutionId, outcome });
  expect((await engine.apply(request.id, { kind: 'claim', stepId: 'b' }))?.applied).toBe(false);
  expect(await readExecution(pool, request.id)).toMatchObject({
    status: 'PAUSED',
    steps: { a: 'COMPLETED', b: 'READY' },
  });
  expect((await engine.apply(request.id, { kind: 'resume' }))?.applied).toBe(true);
  expect(await ended(pool, request.id)).toMatchObject({ status: 'COMPLETED', result: 'b' });
});

test('cancelling ends every step and stops the agents', async () => {
  const agents = controlledAgents();
  const { pool, engine } = await setUp({ agents: agents.port });
  const definition = await storeWorkflow(pool, [
    step('a', { stepType: 'AGENT', agentId: 'x', config: {} }),
    step('b', { dependencies: ['a'] }),
  ]);
  const request = startRequest(definition);
  await engine.start(request);
  await until('the step waits', async () => (await readExecution(pool, request.id)).steps['a'] === 'WAITING');
  const cancelled = await engine.apply(request.id, { kind: 'cancel', reason: 'no need' });
  expect(cancelled?.status).toBe('CANCELLED');
  expect(await readExecution(pool, request.id)).toMatchObject({
    error: { code: 'CANCELLED', message: 'no need' },
    steps: { a: 'CANCELLED', b: 'CANCELLED' },
  });
  await until('the agent is told to stop', () => agents.stopped.length > 0);
  expect([...new Set(agents.stopped)]).toEqual([...agents.begun.keys()]);
  expect((await engine.apply(request.id, { kind: 'cancel' }))?.applied).toBe(false);
});

test('an agent that fails is tried again with a new key; retrying the execution keeps earlier results', async () => {
  const failed: AgentOutcome = { ok: false, error: { code: 'AGENT_FAILED', message: 'no' }, retryable: true };
  const agents = controlledAgents((key) => (key.endsWith(':2.0') ? { ok: true, result: 'out' } : failed));
  const { pool, engine } = await setUp({ agents: agents.port });
  const definition = await storeWorkflow(pool, [
    step('first', { config: { expression: 'input' } }),
    step('work', { stepType: 'AGENT', agentId: 'x', config: {}, dependencies: ['first'], retryCount: 1 }),
    step('last', { dependencies: ['work'], config: { expression: 'steps.first.result & steps.work.result' } }),
  ]);
  const request = startRequest(definition, 'in-');
  await engine.start(request);
  expect(await ended(pool, request.id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'AGENT_FAILED', stepId: 'work' },
    steps: { first: 'COMPLETED', work: 'FAILED', last: 'CANCELLED' },
  });
  expect((await engine.apply(request.id, { kind: 'retry' }))?.applied).toBe(true);
  expect(await ended(pool, request.id)).toMatchObject({ status: 'COMPLETED', result: 'in-out' });
  expect([...agents.begun.keys()]).toEqual(['1.0', '1.1', '2.0'].map((key) => `${request.id}:work:${key}`));
  const { rows } = await pool.query(
    `select w.success_count, w.failure_count, s.attempts from workflows w
     join workflow_executions e on e.workflow_id = w.id join workflow_step_executions s on s.execution_id = e.id
     where e.id = $1 and s.step_id = 'work'`,
    [request.id],
  );
  expect(rows).toEqual([{ success_count: 1, failure_count: 0, attempts: 3 }]);
});

test('a deadline fails the attempt and stops its agent', async () => {
  const agents = controlledAgents();
  const { pool, engine } = await setUp({ agents: agents.port });
  const work = step('a', { stepType: 'AGENT', agentId: 'x', config: {}, timeoutSeconds: 1, retryCount: 0 });
  const request = startRequest(await storeWorkflow(pool, [work]));
  await engine.start(request);
  expect(await ended(pool, request.id)).toMatchObject({ status: 'FAILED', error: { code: 'TIMEOUT', stepId: 'a' } });
  // A stop may be asked for twice: by the deadline, and by whoever looks after work at the same moment.
  expect(new Set(agents.stopped)).toEqual(new Set([`${request.id}:a:1.0`]));
});

test('an agent that was faster than its stop has not failed', async () => {
  const agents = controlledAgents();
  const finished: AgentPort = {
    ...agents.port,
    async stop({ idempotencyKey }) {
      agents.outcomes.set(agents.begun.get(idempotencyKey) ?? '', { ok: true, result: 'just in time' });
    },
  };
  const { pool, engine } = await setUp({ agents: finished });
  const work = step('a', { stepType: 'AGENT', agentId: 'x', config: {}, timeoutSeconds: 1 });
  const request = startRequest(await storeWorkflow(pool, [work]));
  await engine.start(request);
  expect(await ended(pool, request.id)).toMatchObject({ status: 'COMPLETED', result: 'just in time' });
  expect([...agents.begun.keys()]).toEqual([`${request.id}:a:1.0`]);
});

/** Agents whose service does not answer `begin` as long as it is away; then it has begun what it was asked before. */
function absentAgents(outcome: AgentOutcome = { ok: true, result: 'done' }) {
  const agents = controlledAgents(() => outcome);
  const service = { away: true, asked: 0 };
  const port: AgentPort = {
    ...agents.port,
    async begin(request) {
      service.asked += 1;
      const id = await agents.port.begin(request);
      if (service.away) throw new ServiceAwayError('agent', false);
      return id;
    },
  };
  return { ...agents, port, service };
}

interface Waiting {
  readonly status: string;
  readonly waiting_for: string | null;
  readonly waits: number;
  readonly failures: number;
  readonly attempts: number;
}

const waitOf = async (pool: TestDatabase['pool'], id: string) =>
  (
    await pool.query<Waiting>(
      `select status, waiting_for, waits, failures, attempts from workflow_step_executions
       where execution_id = $1 and step_id = 'a'`,
      [id],
    )
  ).rows[0]!;

const agentWork = (more: Partial<StepDefinition> = {}) =>
  step('a', { stepType: 'AGENT', agentId: 'x', config: {}, retryCount: 0, ...more });

test('a service that does not answer is waited for: no retry is spent, the key stays, other workers go on', async () => {
  const agents = absentAgents();
  const { pool, engine } = await setUp({ agents: agents.port });
  const request = startRequest(await storeWorkflow(pool, [agentWork()]));
  await engine.start(request);
  await until('it has waited twice', async () => (await waitOf(pool, request.id)).waits >= 2);
  expect(await waitOf(pool, request.id)).toMatchObject({
    waiting_for: 'agent',
    failures: 0,
    attempts: expect.any(Number),
  });
  expect((await readExecution(pool, request.id)).status).toBe('RUNNING');
  // A restart of the worker changes nothing.
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
  agents.service.away = false;
  running.push(await createEngine(pool, createLocalQueues(), agents.port).work());
  expect(await ended(pool, request.id)).toMatchObject({ status: 'COMPLETED', result: 'done' });
  expect([...agents.begun.keys()]).toEqual([`${request.id}:a:1.0`]);
  expect(await waitOf(pool, request.id)).toMatchObject({ status: 'COMPLETED', waiting_for: null, attempts: 1 });
});

test('the wait has a bound: then the step fails for good, and what may have begun is stopped', async () => {
  const agents = absentAgents();
  const { pool, engine } = await setUp({ agents: agents.port, serviceWaitMs: 1_500 });
  const request = startRequest(await storeWorkflow(pool, [agentWork({ retryCount: 3 })]));
  await engine.start(request);
  expect(await ended(pool, request.id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'SERVICE_UNAVAILABLE', message: 'The agent service has not answered for 2 s.', stepId: 'a' },
  });
  await until('the agent is told to stop', () => agents.stopped.length > 0);
  expect(agents.stopped[0]).toBe(`${request.id}:a:1.0`);
});

test('a service that answers with a fault is asked a few times, not for as long as one that is away', async () => {
  const agents = controlledAgents();
  let asked = 0;
  const faulty: AgentPort = {
    ...agents.port,
    async begin() {
      asked += 1;
      throw new ServiceAwayError('agent', true);
    },
  };
  const { pool, engine } = await setUp({ agents: faulty });
  const request = startRequest(await storeWorkflow(pool, [agentWork({ retryCount: 3 })]));
  await engine.start(request);
  await until('it has waited twice', async () => (await waitOf(pool, request.id)).waits >= 2);
  expect(await waitOf(pool, request.id)).toMatchObject({ status: 'READY', waiting_for: 'agent', failures: 0 });
  await pool.query('update workflow_step_executions set faults = 6 where execution_id = $1', [request.id]);
  expect(await ended(pool, request.id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'SERVICE_FAULT', message: 'The agent service has answered with a fault of its own 7 times.' },
  });
  expect(asked).toBeLessThan(7);
  await until('the agent is told to stop', () => agents.stopped.length > 0);
  expect(agents.stopped[0]).toBe(`${request.id}:a:1.0`);
});

test('nothing is heard of an agent that is at work: that is noted, and forgotten when something is', async () => {
  const agents = controlledAgents();
  let away = false;
  const port: AgentPort = {
    ...agents.port,
    async ended(ids) {
      if (away) throw new ServiceAwayError('agent', false);
      return agents.port.ended(ids);
    },
  };
  const { pool, engine } = await setUp({ agents: port });
  const request = startRequest(await storeWorkflow(pool, [agentWork()]));
  const unheard = async () => {
    await pool.query(
      `update workflow_step_executions set agent_checked_at = now() - interval '1 minute'
                      where execution_id = $1 and status = 'WAITING'`,
      [request.id],
    );
    const { rows } = await pool.query<{ since: Date | null }>(
      'select agent_unheard_since as since from workflow_step_executions where execution_id = $1',
      [request.id],
    );
    return rows[0]!.since;
  };
  await engine.start(request);
  await until('the step waits', async () => (await waitOf(pool, request.id)).status === 'WAITING');
  expect(await unheard()).toBeNull();
  away = true;
  await until('the agent is not heard of', async () => (await unheard()) !== null);
  const since = await unheard();
  away = false;
  await until('the agent is heard of again', async () => (await unheard()) === null);
  expect(since).toBeInstanceOf(Date);
  agents.outcomes.set([...agents.begun.values()][0]!, { ok: true, result: 'done' });
  await unheard();
  expect(await ended(pool, request.id)).toMatchObject({ status: 'COMPLETED', result: 'done' });
});

test('cancelled while nobody knows whether the agent has begun: it is stopped by its key', async () => {
  const agents = absentAgents();
  const { pool, engine } = await setUp({ agents: agents.port });
  const request = startRequest(await storeWorkflow(pool, [agentWork()]));
  await engine.start(request);
  await until('it has waited', async () => (await waitOf(pool, request.id)).waits >= 1);
  await engine.apply(request.id, { kind: 'cancel' });
  await until('the agent is told to stop', () => agents.stopped.length > 0);
  expect(agents.stopped[0]).toBe(`${request.id}:a:1.0`);
  expect(await waitOf(pool, request.id)).toMatchObject({ status: 'CANCELLED', waiting_for: null });
});

test('a delay waits by the clock of the database', async () => {
  const { pool, engine } = await setUp();
  const definition = await storeWorkflow(pool, [
    step('a', { stepType: 'DELAY', config: { seconds: 1 } }),
    step('b', { stepType: 'DELAY', config: { until: '"2020-01-01T00:00:00Z"' }, dependencies: ['a'] }),
  ]);
  const request = startRequest(definition);
  await engine.start(request);
  await until('the execution waits', async () => (await readExecution(pool, request.id)).status === 'WAITING');
  expect(await ended(pool, request.id)).toMatchObject({ status: 'COMPLETED', result: null });
  const { rows } = await pool.query(
    `select extract(epoch from completed_at - started_at)::float as seconds from workflow_step_executions
     where execution_id = $1 and step_id = 'a'`,
    [request.id],
  );
  expect(rows[0].seconds).toBeGreaterThanOrEqual(1);
  expect(rows[0].seconds).toBeLessThan(10);
});
