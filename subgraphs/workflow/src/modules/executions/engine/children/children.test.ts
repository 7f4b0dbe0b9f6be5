import { newId } from '@flowmesh/platform/ids';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { until } from '@flowmesh/platform/testing';
import {
  createEngine,
  ended,
  noContexts,
  readExecution,
  startRequest,
  step,
  storeWorkflow,
} from '../../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../../testing/test-database.ts';
import type { AgentPort, WorkflowPort } from '../../step-types/step-type.ts';
import type { AgentOutcome } from '../commands.ts';
import type { StepDefinition } from '../definition.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()));
});

async function setUp({
  agents,
  lose,
  workflows,
}: { agents?: AgentPort; lose?: () => boolean; workflows?: WorkflowPort } = {}) {
  const { pool } = database;
  const { engine, work } = createEngine(pool, createLocalQueues(lose), agents, 900_000, noContexts, workflows);
  running.push(await work());
  return { pool, engine };
}

const forEach = (
  id: string,
  items: string,
  steps: readonly object[],
  more: object = {},
  rest: Partial<StepDefinition> = {},
) => step(id, { stepType: 'FOR_EACH', config: { items, steps, ...more }, ...rest });

const loop = (id: string, steps: readonly object[], more: object, rest: Partial<StepDefinition> = {}) =>
  step(id, { stepType: 'LOOP', config: { steps, ...more }, ...rest });

const transform = (id: string, expression: string, more: object = {}) => ({
  id,
  stepType: 'TRANSFORM',
  config: { expression },
  ...more,
});

/** Agents that end as the test says, or at once. */
function agentsThat(decide: (key: string, input: unknown) => AgentOutcome | undefined) {
  const begun = new Map<string, { readonly id: string; readonly input: unknown }>();
  const outcomes = new Map<string, AgentOutcome>();
  const stopped: string[] = [];
  const port: AgentPort = {
    async begin({ idempotencyKey, input }) {
      const known = begun.get(idempotencyKey) ?? { id: newId(), input };
      begun.set(idempotencyKey, known);
      const outcome = decide(idempotencyKey, input);
      if (outcome && !outcomes.has(known.id)) outcomes.set(known.id, outcome);
      return known.id;
    },
    async ended(ids) {
      return new Map(ids.flatMap((id) => (outcomes.has(id) ? [[id, outcomes.get(id) as AgentOutcome] as const] : [])));
    },
    async stop({ idempotencyKey }) {
      stopped.push(idempotencyKey);
      const known = begun.get(idempotencyKey);
      const error = { code: 'AGENT_STOPPED', message: 'stopped' };
      if (known && !outcomes.has(known.id)) outcomes.set(known.id, { ok: false, error, retryable: false });
    },
  };
  return { port, begun, stopped };
}

interface Child {
  readonly id: string;
  readonly item_index: number;
  readonly parent_generation: number;
  readonly status: string;
  readonly item: unknown;
  readonly result: unknown;
}

async function childrenOf(executionId: string, stepId: string): Promise<Child[]> {
  const { rows } = await database.pool.query<Child>(
    `select id, item_index, parent_generation, status, item, result from workflow_executions
     where parent_execution_id = $1 and parent_step_id = $2 order by parent_generation, item_index`,
    [executionId, stepId],
  );
  return rows;
}

async function run(steps: readonly StepDefinition[], input: unknown = null, parts: Parameters<typeof setUp>[0] = {}) {
  const { pool, engine } = await setUp(parts);
  const request = startRequest(await storeWorkflow(pool, steps), input);
  await engine.start(request);
  return { engine, id: request.id, execution: await ended(pool, request.id) };
}

describe('FOR_EACH', () => {
  test('its steps read the item, its place, the input and what came before; the results are in order', async () => {
    const { id, execution } = await run(
      [
        step('a', { config: { expression: '10' } }),
        forEach(
          'each',
          'input.list',
          [
            transform('x', 'item * steps.a.result'),
            transform('y', '{"at": index, "is": steps.x.result, "of": input.name}'),
          ],
          {},
          { dependencies: ['a'] },
        ),
        step('after', { dependencies: ['each'], config: { expression: '$sum(steps.each.result.is)' } }),
      ],
      { list: [1, 2, 3], name: 'n' },
    );
    expect(execution).toMatchObject({ status: 'COMPLETED', result: 60 });
    expect((await childrenOf(id, 'each')).map(({ status, item, result }) => ({ status, item, result }))).toEqual(
      [1, 2, 3].map((item, at) => ({ status: 'COMPLETED', item, result: { at, is: item * 10, of: 'n' } })),
    );
    const { rows } = await database.pool.query(
      `select children_total, children_completed, children_failed, result from workflow_step_executions
       where execution_id = $1 and step_id = 'each'`,
      [id],
    );
    const result = [1, 2, 3].map((item, at) => ({ at, is: item * 10, of: 'n' }));
    expect(rows).toEqual([{ children_total: 3, children_completed: 3, children_failed: 0, result }]);
  });

  test('nothing to go through is an empty list, a single value a list of one', async () => {
    const body = [transform('x', 'item')];
    const { execution } = await run([forEach('none', 'input.no', body), forEach('one', '"v"', body)]);
    expect(execution).toMatchObject({ status: 'COMPLETED', result: { none: [], one: ['v'] } });
  });

  test('more than 1,000 items are refused', async () => {
    const { execution } = await run([forEach('each', '[1..1001]', [transform('x', 'item')])]);
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: { code: 'EXPRESSION', stepId: 'each', message: 'items: there are 1001, and at most 1000 are possible' },
    });
  });

  test('not more at once than it may', async () => {
    let most = 0;
    const agents = agentsThat(() => undefined);
    const { pool, engine } = await setUp({ agents: agents.port });
    const body = [{ id: 'ask', stepType: 'AGENT', agentId: 'agent', config: { input: 'item' } }];
    const request = startRequest(await storeWorkflow(pool, [forEach('each', '[1..7]', body, { maxConcurrent: 3 })]));
    await engine.start(request);
    const answered = new Set<string>();
    await until('all items end', async () => {
      const { rows } = await pool.query<{ execution_id: string; agent_execution_id: string }>(
        `select s.execution_id, s.agent_execution_id from workflow_step_executions s
         join workflow_executions e on e.id = s.execution_id
         where e.parent_execution_id = $1 and s.status = 'WAITING'`,
        [request.id],
      );
      most = Math.max(most, rows.length);
      const [first] = rows;
      if (first && (rows.length === 3 || answered.size > 4)) {
        answered.add(first.execution_id);
        const outcome = { ok: true, result: answered.size } as const;
        const command = {
          kind: 'agent-ended',
          stepId: 'ask',
          agentExecutionId: first.agent_execution_id,
          outcome,
        } as const;
        await engine.apply(first.execution_id, command);
      }
      return (await readExecution(pool, request.id)).status === 'COMPLETED';
    });
    expect(most).toBe(3);
    expect([...agents.begun.values()].map(({ input }) => input).sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  const FAILS_AT_2 = [transform('x', 'item = 2 ? $error("two") : item', { retryCount: 0 })];

  test('the first item that fails ends the others, their agents and the step', async () => {
    const agents = agentsThat((_key, input) =>
      input === 2 ? { ok: false, error: { code: 'AGENT_FAILED', message: 'no' }, retryable: false } : undefined,
    );
    const body = [{ id: 'ask', stepType: 'AGENT', agentId: 'agent', config: { input: 'item' } }];
    const { id, execution } = await run([forEach('each', '[1..3]', body)], null, { agents: agents.port });
    const message = 'The item 1 failed in the step ask with AGENT_FAILED: no';
    expect(execution).toMatchObject({ status: 'FAILED', error: { code: 'CHILD_FAILED', stepId: 'each', message } });
    await until('the others are cancelled', async () =>
      (await childrenOf(id, 'each')).every(({ status }) => status !== 'RUNNING'),
    );
    expect((await childrenOf(id, 'each')).map(({ status }) => status)).toEqual(['CANCELLED', 'FAILED', 'CANCELLED']);
    await until('their agents are stopped', () => agents.stopped.length >= 2);
  });

  test('or has no result; a retry runs only the failed ones again', async () => {
    const steps = [forEach('each', '[1..3]', FAILS_AT_2, { onItemFailure: 'CONTINUE' })];
    const { id, execution, engine } = await run(steps);
    expect(execution).toMatchObject({ status: 'COMPLETED', result: [1, null, 3] });
    const before = await childrenOf(id, 'each');
    await engine.apply(id, { kind: 'retry', fromStep: 'each' });
    expect(await ended(database.pool, id)).toMatchObject({ status: 'COMPLETED', result: [1, null, 3] });
    const after = await childrenOf(id, 'each');
    const ids = (of: readonly Child[], generation: number) =>
      of.filter((child) => child.parent_generation === generation).map((child) => child.id);
    expect(ids(after, 1)).toEqual([before[1]?.id]);
    expect(ids(after, 2)).toEqual([before[0]?.id, expect.any(String), before[2]?.id]);
    await engine.apply(id, { kind: 'retry', fromStep: 'each', allItems: true });
    await ended(database.pool, id);
    expect(ids(await childrenOf(id, 'each'), 3)).toHaveLength(3);
  });

  test('within each other', async () => {
    const inner = {
      id: 'inner',
      stepType: 'FOR_EACH',
      config: { items: 'item.list', steps: [transform('z', '[index, item, steps.before.result]')] },
    };
    const { execution } = await run(
      [forEach('outer', 'input', [transform('before', 'item.name & "!"'), inner])],
      [
        { name: 'a', list: [1] },
        { name: 'b', list: [2, 3] },
      ],
    );
    const result = [
      [[0, 1, 'a!']],
      [
        [0, 2, 'b!'],
        [1, 3, 'b!'],
      ],
    ];
    expect(execution).toMatchObject({ status: 'COMPLETED', result });
  });

  test('pause and resume reach its executions, cancelling too', async () => {
    const agents = agentsThat(() => undefined);
    const { pool, engine } = await setUp({ agents: agents.port });
    const body = [{ id: 'ask', stepType: 'AGENT', agentId: 'agent', config: { input: 'item' } }];
    const request = startRequest(await storeWorkflow(pool, [forEach('each', '[1..3]', body)]));
    await engine.start(request);
    await until('agents work', () => agents.begun.size === 3);
    const are = async (status: string) =>
      until(`all are ${status}`, async () =>
        (await childrenOf(request.id, 'each')).every((child) => child.status === status),
      );
    await engine.apply(request.id, { kind: 'pause' });
    await are('PAUSED');
    await engine.apply(request.id, { kind: 'resume' });
    await are('RUNNING');
    await engine.apply(request.id, { kind: 'cancel' });
    await are('CANCELLED');
    await until('agents are stopped', () => new Set(agents.stopped).size === 3);
  });

  test('a third of the jobs lost: each item once', async () => {
    let dice = 5;
    const lose = () => (dice = (dice * 48_271) % 2_147_483_647) % 3 === 0;
    const body = [transform('x', 'item * 2'), transform('y', 'steps.x.result + 1')];
    const { id, execution } = await run([forEach('each', '[1..120]', body, { maxConcurrent: 50 })], null, { lose });
    expect(execution.result).toEqual(Array.from({ length: 120 }, (_, index) => (index + 1) * 2 + 1));
    expect(await childrenOf(id, 'each')).toHaveLength(120);
  });
});

describe('LOOP', () => {
  test('until a condition on its round is true', async () => {
    const body = [transform('n', '(previous ? previous : 1) * 2'), transform('m', 'steps.n.result')];
    const { id, execution } = await run([
      loop('again', body, { until: 'steps.m.result >= 30.0 && previous == steps.n.result' }),
    ]);
    expect(execution).toMatchObject({ status: 'COMPLETED', result: 32 });
    expect((await childrenOf(id, 'again')).map(({ item, result }) => [item, result])).toEqual([
      [null, 2],
      [2, 4],
      [4, 8],
      [8, 16],
      [16, 32],
    ]);
  });

  test('at the maximum it fails or ends', async () => {
    const more = { while: 'round < 9', maxRounds: 3 };
    const fails = await run([loop('again', [transform('n', 'round')], more)]);
    const message = 'It would go on after 3 rounds, and that is the maximum (maxRounds).';
    expect(fails.execution).toMatchObject({ status: 'FAILED', error: { code: 'MAX_ROUNDS', message } });
    const ends = await run([loop('again', [transform('n', 'round')], { ...more, onMaxRounds: 'END' })]);
    expect(ends.execution).toMatchObject({ status: 'COMPLETED', result: 3 });
  });

  test('a retry goes on with the round that failed', async () => {
    let broken = true;
    const agents = agentsThat((_key, input) =>
      input === 3 && broken
        ? { ok: false, error: { code: 'AGENT_FAILED', message: 'no' }, retryable: false }
        : { ok: true, result: input },
    );
    const body = [{ id: 'ask', stepType: 'AGENT', agentId: 'agent', config: { input: 'round' } }];
    const steps = [loop('again', body, { while: 'round < 4' })];
    const { id, execution, engine } = await run(steps, null, { agents: agents.port });
    expect(execution).toMatchObject({
      status: 'FAILED',
      error: { message: 'The round 3 failed in the step ask with AGENT_FAILED: no' },
    });
    broken = false;
    await engine.apply(id, { kind: 'retry' });
    expect(await ended(database.pool, id)).toMatchObject({ status: 'COMPLETED', result: 4 });
    expect([...agents.begun.values()].map(({ input }) => input)).toEqual([1, 2, 3, 3, 4]);
  });
});

test('SUB_WORKFLOW runs another workflow, and has its result', async () => {
  const other = await storeWorkflow(database.pool, [step('x', { config: { expression: 'input.n + 1' } })]);
  const { workflowId, version } = other;
  const workflows: WorkflowPort = {
    admit: async () => ({ workflowId, version, ownerId: 'other owner' }),
    start: () => Promise.reject(new Error('not here')),
  };
  const config = { workflowId, input: '{"n": input}' };
  const { id, execution } = await run([step('other', { stepType: 'SUB_WORKFLOW', config })], 4, { workflows });
  expect(execution).toMatchObject({ status: 'COMPLETED', result: 5 });
  const { rows } = await database.pool.query(
    'select workflow_id, owner_id, scope, depth, root_execution_id from workflow_executions where parent_execution_id = $1',
    [id],
  );
  expect(rows).toEqual([
    { workflow_id: workflowId, owner_id: 'other owner', scope: null, depth: 1, root_execution_id: id },
  ]);
  const counters = await database.pool.query('select execution_count from workflows where id = $1', [workflowId]);
  expect(counters.rows).toEqual([{ execution_count: 0 }]);
});
