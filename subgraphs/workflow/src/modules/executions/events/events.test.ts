import type { StoredEvent } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { silent } from '@flowmesh/platform/subgraph-testing';
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
import type { StepDefinition } from '../engine/definition.ts';
import { Definitions } from '../engine/definitions.ts';
import { ExecutionHeaders } from '../engine/execution-headers.ts';
import { DomainEvents } from './domain-events.ts';
import { EventDelivery } from './event-delivery.ts';
import { WaitStore } from './wait-store.ts';

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

async function setUp({ working = true } = {}) {
  const { pool } = database;
  const { engine, work } = createEngine(pool, createLocalQueues());
  if (working) running.push(await work());
  const parts = {
    pool,
    engine,
    definitions: new Definitions(pool),
    headers: new ExecutionHeaders(pool),
    logger: silent,
  };
  const delivery = new EventDelivery(parts);
  const events = new DomainEvents(pool, engine, delivery);
  /** Stored, and not yet brought to anybody. */
  const store = async (executionId: string, name: string, payload: unknown = null, key: string | null = null) => {
    const signal = { id: newId(), name, payload, sentById: 'starter', idempotencyKey: key, requestDigest: null };
    return (await engine.apply(executionId, { kind: 'signal', signal }))?.applied;
  };
  const tell = async (...signal: Parameters<typeof store>) => {
    const applied = await store(...signal);
    await delivery.deliver(signal[0]);
    return applied;
  };
  const start = async (steps: readonly StepDefinition[], input: unknown = null) => {
    const request = startRequest(await storeWorkflow(pool, steps), input);
    await engine.start(request);
    return request.id;
  };
  return { pool, engine, delivery, events, store, tell, start, work: async () => void running.push(await work()) };
}

const wait = (id: string, config: object, more: Partial<StepDefinition> = {}) =>
  step(id, { stepType: 'WAIT_FOR_EVENT', config: { timeoutSeconds: 60, ...config }, ...more });

const waits = (id: string, stepId: string) =>
  until(`${stepId} waits`, async () => (await readExecution(database.pool, id)).steps[stepId] === 'WAITING');

const event = (payload: object, more: Partial<StoredEvent> = {}): StoredEvent => ({
  id: `agent:${newId()}`,
  domain: 'agent',
  type: 'agent.executed',
  version: 1,
  stream: 's',
  ownerId: 'starter',
  position: '1',
  occurredAt: new Date(),
  payload,
  ...more,
});

test('a signal continues the step that waits for it, which has what came as its result', async () => {
  const { pool, start, tell } = await setUp();
  const id = await start([
    wait('w', { event: 'paid' }),
    step('after', { dependencies: ['w'], config: { expression: 'steps.w.result.payload.sum' } }),
  ]);
  await waits(id, 'w');
  expect((await readExecution(pool, id)).status).toBe('WAITING');
  expect(await tell(id, 'other', { sum: 1 })).toBe(true);
  expect((await readExecution(pool, id)).steps['w']).toBe('WAITING');
  await tell(id, 'paid', { sum: 7 });
  expect(await ended(pool, id)).toMatchObject({ status: 'COMPLETED', result: 7 });
  expect(await readEvents(pool, id)).toEqual([
    'execution.started',
    'step.started w',
    'step.waiting w',
    'step.completed w',
    'step.started after',
    'step.completed after',
    'execution.completed',
  ]);
});

test('signals that come before are kept, and taken in order, each once', async () => {
  const { pool, start, tell, work } = await setUp({ working: false });
  const id = await start([
    wait('a', { event: 'go' }),
    wait('b', { event: 'go' }, { dependencies: ['a'] }),
    step('both', {
      dependencies: ['a', 'b'],
      config: { expression: '[steps.a.result.payload, steps.b.result.payload]' },
    }),
  ]);
  await tell(id, 'go', 1);
  await tell(id, 'go', 2);
  await tell(id, 'go', 3);
  await work();
  expect(await ended(pool, id)).toMatchObject({ status: 'COMPLETED', result: [1, 2] });
  const { rows } = await pool.query(
    'select payload, step_id, consumed_at is null as kept from workflow_signals where execution_id = $1 order by seq',
    [id],
  );
  expect(rows).toEqual([
    { payload: 1, step_id: 'a', kept: false },
    { payload: 2, step_id: 'b', kept: false },
    { payload: 3, step_id: null, kept: true },
  ]);
});

test('correlation and filter choose; a filter that cannot read the payload does not let it through', async () => {
  const { pool, start, tell } = await setUp();
  const config = {
    event: 'paid',
    correlation: { field: 'order', value: 'input.order' },
    filter: 'payload.sum >= input.min',
  };
  const id = await start([wait('w', config)], { order: 17, min: 5 });
  await waits(id, 'w');
  await tell(id, 'paid', { order: '18', sum: 9 });
  await tell(id, 'paid', { order: '17' });
  await tell(id, 'paid', { order: '17', sum: 4 });
  await tell(id, 'paid', { order: '17', sum: 6 });
  const { result } = (await ended(pool, id)) as { result: { payload: unknown } };
  expect(result.payload).toEqual({ order: '17', sum: 6 });
});

test('a hundred deliveries of one signal to two steps at once: one of them takes it', async () => {
  const { pool, start, store, delivery } = await setUp();
  const id = await start([wait('a', { event: 'go' }), wait('b', { event: 'go' })]);
  await Promise.all([waits(id, 'a'), waits(id, 'b')]);
  await store(id, 'go', 1);
  await Promise.all(Array.from({ length: 100 }, () => delivery.deliver(id)));
  const { steps } = await readExecution(pool, id);
  expect(Object.values(steps).sort()).toEqual(['COMPLETED', 'WAITING']);
});

test('signals and waits that many look at at once are all brought together, also those of items', async () => {
  const { pool, start, store, delivery } = await setUp();
  const items = 8;
  const steps = [wait('w', { event: 'go' })];
  const id = await start(
    [step('each', { stepType: 'FOR_EACH', config: { items: 'input', steps } })],
    [...Array(items).keys()],
  );
  const waiting = async () => {
    const { rows } = await pool.query<{ id: string }>(
      `select w.execution_id as id from workflow_event_waits w join workflow_executions e on e.id = w.execution_id
       where e.parent_execution_id = $1`,
      [id],
    );
    return rows.length === items && rows;
  };
  const parts = await until('all items wait', waiting);
  for (let n = 0; n < items; n++) await store(id, 'go', n);
  await Promise.all([id, ...parts.map((part) => part.id)].map((each) => delivery.deliver(each)));
  const { rows } = await pool.query('select 1 from workflow_signals where execution_id = $1 and consumed_at is null', [
    id,
  ]);
  expect(rows).toHaveLength(0);
  expect(await ended(pool, id)).toMatchObject({ status: 'COMPLETED' });
});

test('a key is kept once, and no more than 200 signals are', async () => {
  const { pool, start, store } = await setUp({ working: false });
  const id = await start([wait('a', { event: 'go' })]);
  await Promise.all(Array.from({ length: 20 }, () => store(id, 'go', 1, 'same')));
  await Promise.all(Array.from({ length: 250 }, (_, n) => store(id, 'go', n)));
  const { rows } = await pool.query<{ all: string; same: string }>(
    `select count(*) as all, count(*) filter (where idempotency_key = 'same') as same
     from workflow_signals where execution_id = $1`,
    [id],
  );
  expect(rows).toEqual([{ all: '200', same: '1' }]);
});

test('a process that dies between a signal and its delivery loses nothing', async () => {
  const { pool, start, store } = await setUp();
  const id = await start([wait('w', { event: 'go' })]);
  await waits(id, 'w');
  await store(id, 'go', 'kept');
  const { result } = (await ended(pool, id)) as { result: { payload: unknown } };
  expect(result.payload).toBe('kept');
});

test('a process that dies as its step begins to wait loses nothing', async () => {
  const { pool, engine, start, tell, work } = await setUp({ working: false });
  const id = await start([wait('w', { event: 'go' })]);
  await tell(id, 'go', 'early');
  const claimed = (await engine.apply(id, { kind: 'claim', stepId: 'w' }))?.claimed[0];
  if (!claimed) throw new Error('not claimed');
  const { token, key } = claimed;
  const open = { event: 'go', isDomainEvent: false, matchKey: '', starterId: 'starter', timeoutSeconds: 60 };
  await engine.apply(id, { kind: 'await-event', stepId: 'w', token, key, wait: open });
  await work();
  const { result } = (await ended(pool, id)) as { result: { payload: unknown } };
  expect(result.payload).toBe('early');
});

test('the end of the wait: fails, is caught, or goes on with null; what comes later is not taken', async () => {
  const { pool, start, tell } = await setUp();
  const config = { event: 'go', timeoutSeconds: 1 };
  const failing = await start([wait('w', config)]);
  const caught = await start([
    wait('w', config, { onFailure: ['late'] }),
    step('late', { dependencies: ['w'], config: { expression: 'steps.w.error.code' } }),
  ]);
  const going = await start([
    wait('w', { ...config, onTimeout: 'CONTINUE' }),
    step('after', { dependencies: ['w'], config: { expression: '[steps.w.status, steps.w.result]' } }),
  ]);
  expect(await ended(pool, failing)).toMatchObject({ status: 'FAILED', error: { code: 'EVENT_TIMEOUT', stepId: 'w' } });
  expect(await ended(pool, caught)).toMatchObject({ status: 'COMPLETED', result: 'EVENT_TIMEOUT' });
  expect(await ended(pool, going)).toMatchObject({ status: 'COMPLETED', result: ['COMPLETED', null] });
  expect(await tell(going, 'go')).toBe(false);
  const { rows } = await pool.query('select 1 from workflow_event_waits where execution_id = any($1)', [
    [failing, caught, going],
  ]);
  expect(rows).toEqual([]);
});

test('domain events: those of the starter that match, once, however often they are delivered', async () => {
  const { pool, start, events } = await setUp();
  const correlation = { field: 'agentId', value: 'input' };
  const id = await start([wait('w', { event: 'agent.executed', correlation })], 'mine');
  await waits(id, 'w');
  await events.handle(event({ agentId: 'mine', n: 1 }, { ownerId: 'somebody' }));
  await events.handle(event({ agentId: 'other', n: 2 }));
  expect((await readExecution(pool, id)).steps['w']).toBe('WAITING');
  const right = event({ agentId: 'mine', n: 3 });
  await Promise.all([events.handle(right), events.handle(right), events.handle(right)]);
  const { result } = (await ended(pool, id)) as { result: object };
  expect(result).toMatchObject({ name: 'agent.executed', payload: { agentId: 'mine', n: 3 }, sentById: null });
  const { rows } = await pool.query('select idempotency_key from workflow_signals where execution_id = $1', [id]);
  expect(rows).toEqual([{ idempotency_key: `event:${right.id}` }]);
});

test('a starter who may not read what an event tells of cannot wait for it', async () => {
  const { pool, start } = await setUp();
  const id = await start([wait('w', { event: 'integration.webhook.received' })]);
  expect(await ended(pool, id)).toMatchObject({ status: 'FAILED', error: { code: 'FORBIDDEN', stepId: 'w' } });
});

test('a thousand executions wait, one event: an index finds the one', async () => {
  const { pool, engine, events } = await setUp({ working: false });
  const correlation = { field: 'agentId', value: 'input' };
  const definition = await storeWorkflow(pool, [wait('w', { event: 'agent.executed', correlation })]);
  const requests = Array.from({ length: 1_000 }, (_, n) => startRequest(definition, `a${n}`));
  await Promise.all(requests.map((request) => engine.start(request)));
  await Promise.all(
    requests.map(async ({ id, input }) => {
      const claimed = (await engine.apply(id, { kind: 'claim', stepId: 'w' }))?.claimed[0];
      if (!claimed) throw new Error('not claimed');
      const open = { event: 'agent.executed', isDomainEvent: true, starterId: 'starter', timeoutSeconds: 60 };
      const { token, key } = claimed;
      const awaited = { ...open, matchKey: `agentId=${String(input)}` };
      await engine.apply(id, { kind: 'await-event', stepId: 'w', token, key, wait: awaited });
    }),
  );
  await pool.query('analyze workflow_event_waits');
  await events.handle(event({ agentId: 'a500' }));
  const { rows } = await pool.query<{ execution_id: string }>(
    `select execution_id from workflow_step_executions where status = 'COMPLETED' and execution_id = any($1::text[])`,
    [requests.map(({ id }) => id)],
  );
  expect(rows).toEqual([{ execution_id: requests[500]?.id }]);
  const lookups = [{ type: 'agent.executed', ownerId: 'starter', matchKeys: ['', 'agentId=a7'] }];
  expect(await new WaitStore(pool).waitingFor(lookups)).toEqual([[requests[7]?.id]]);
  const plan = await pool.query<Record<string, string>>(
    `explain select execution_id from workflow_event_waits
     where event = 'agent.executed' and starter_id = 'starter' and match_key = 'agentId=a7' and is_domain_event`,
  );
  expect(JSON.stringify(plan.rows)).toContain('workflow_event_waits_events_idx');
});
