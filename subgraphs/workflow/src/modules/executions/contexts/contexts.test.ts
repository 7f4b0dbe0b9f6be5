import { newId } from '@flowmesh/platform/ids';
import { closeSandbox } from '@flowmesh/platform/sandbox';
import { ServiceAwayError } from '@flowmesh/platform/services';
import type { Pool } from 'pg';
import { createEngine, ended, noAgents, startRequest, step, storeWorkflow } from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { StepFailure, type AgentPort } from '../step-types/step-type.ts';
import type { ContextPort } from './context-port.ts';

type Values = Record<string, unknown>;

/** Contexts in memory: each version is kept, each key merges once. */
class Contexts implements ContextPort {
  readonly created = new Map<string, string>();
  readonly versions: Values[] = [{}];
  readonly merges = new Map<string, number>();
  readonly reads: (number | null)[] = [];
  /** Calls that are done and whose answer is lost. */
  lost = 0;
  /** Calls that are not even done. */
  away = 0;

  private async answer<T>(work: () => T): Promise<T> {
    if (this.away > 0) {
      this.away -= 1;
      throw new ServiceAwayError('context', false);
    }
    const done = work();
    if (this.lost === 0) return done;
    this.lost -= 1;
    throw new ServiceAwayError('context', false);
  }

  create: ContextPort['create'] = (_user, { idempotencyKey }) =>
    this.answer(() => {
      const id = this.created.get(idempotencyKey) ?? newId();
      this.created.set(idempotencyKey, id);
      return id;
    });

  currentVersion: ContextPort['currentVersion'] = () => this.answer(() => this.versions.length);

  read: ContextPort['read'] = (_user, _id, version) =>
    this.answer(() => {
      this.reads.push(version);
      const at = version ?? this.versions.length;
      return { version: at, value: this.versions[at - 1] };
    });

  readLayer: ContextPort['readLayer'] = () => Promise.reject(new Error('no layers here'));

  merge: ContextPort['merge'] = (_user, { mergePatch, idempotencyKey }) =>
    this.answer(() => {
      const known = this.merges.get(idempotencyKey);
      if (known !== undefined) return known;
      if (mergePatch['refused']) throw new StepFailure('CONTEXT_REFUSED', 'It holds a secret.', false);
      this.versions.push({ ...this.versions.at(-1), ...mergePatch });
      this.merges.set(idempotencyKey, this.versions.length);
      return this.versions.length;
    });
}

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await startTestDatabase();
  pool = database.pool;
}, 60_000);
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

/** Agents that give back their input, doubled. */
function doublers(): { -readonly [K in keyof AgentPort]: AgentPort[K] } & { readonly begun: Map<string, unknown> } {
  const begun = new Map<string, unknown>();
  return {
    ...noAgents,
    begun,
    begin: async ({ idempotencyKey, input }) => {
      begun.set(idempotencyKey, input);
      return idempotencyKey;
    },
    ended: async (ids) => new Map(ids.map((id) => [id, { ok: true, result: Number(begun.get(id)) * 2 }])),
  };
}

async function run(steps: Parameters<typeof storeWorkflow>[1], contexts: Contexts, agents = doublers()) {
  const queues = createLocalQueues();
  const { engine, work } = createEngine(pool, queues, agents, 900_000, contexts);
  const worker = await work();
  const definition = await storeWorkflow(pool, steps, {}, 'CREATE');
  const { id } = await engine.start(startRequest(definition));
  const execution = await ended(pool, id);
  await worker.stop();
  const { rows } = await pool.query<{ id: string; read: number | null; wrote: number | null; attempts: number }>(
    `select step_id as id, context_version as read, context_written as wrote, attempts
     from workflow_step_executions where execution_id = $1 order by position`,
    [id],
  );
  const { rows: contextIds } = await pool.query<{ id: string }>(
    'select context_id as id from workflow_executions where id = $1',
    [id],
  );
  return { id, execution, steps: rows, contextId: contextIds[0]?.id, agents };
}

const remember = { layer: 'results' };
const CHAIN = [
  step('one', { config: { expression: '20', remember } }),
  step('two', {
    stepType: 'AGENT',
    agentId: 'agent',
    config: { input: 'memory.one + 1', remember },
    dependencies: ['one'],
  }),
  step('three', { config: { expression: 'memory.two - memory.one' }, dependencies: ['two'] }),
];

test('steps read what earlier ones have written, and note the versions', async () => {
  const contexts = new Contexts();
  const { id, execution, steps, contextId } = await run(CHAIN, contexts);
  expect(execution).toMatchObject({ status: 'COMPLETED', result: 22 });
  expect(steps).toEqual([
    { id: 'one', read: null, wrote: 2, attempts: 1 },
    { id: 'two', read: 2, wrote: 3, attempts: 1 },
    { id: 'three', read: 3, wrote: null, attempts: 1 },
  ]);
  expect(contextId).toBe(contexts.created.get(id));
});

test.each([1, 2, 3, 4, 5, 6])(
  'when the answer of call %i is lost, nothing is done twice and all is read as before',
  async (n) => {
    const contexts = new Contexts();
    let calls = 0;
    for (const name of ['create', 'currentVersion', 'read', 'merge'] as const) {
      const real = contexts[name] as (...args: unknown[]) => Promise<unknown>;
      Object.assign(contexts, {
        [name]: (...args: unknown[]) => {
          calls += 1;
          contexts.lost = calls === n ? 1 : 0;
          return real(...args);
        },
      });
    }
    const { execution, steps } = await run(CHAIN, contexts);
    expect(execution).toMatchObject({ status: 'COMPLETED', result: 22 });
    expect(contexts.created.size).toBe(1);
    expect(contexts.versions).toEqual([{}, { one: 20 }, { one: 20, two: 42 }]);
    expect(steps.map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  },
);

test('while the context service is away the step waits for it', async () => {
  const contexts = new Contexts();
  contexts.away = 3;
  const { execution, steps } = await run([step('one', { config: { expression: '1', remember } })], contexts);
  expect(execution.status).toBe('COMPLETED');
  expect(steps).toEqual([{ id: 'one', read: null, wrote: 2, attempts: 1 }]);
}, 20_000);

test('an agent whose result is refused is not asked again, and its step fails', async () => {
  const contexts = new Contexts();
  const config = { input: '1', remember: { layer: 'results', key: 'refused' } };
  const { execution, agents } = await run([step('one', { stepType: 'AGENT', agentId: 'a', config })], contexts);
  expect(execution).toMatchObject({ status: 'FAILED', error: { code: 'CONTEXT_REFUSED', stepId: 'one' } });
  expect(agents.begun.size).toBe(1);
});

test('a retry of an attempt reads what the first has read, whatever others have written since', async () => {
  const contexts = new Contexts();
  const agents = doublers();
  const begin = agents.begin.bind(agents);
  agents.begin = async (request) => {
    if (contexts.versions.length > 1) return begin(request);
    contexts.versions.push({ n: 1 });
    throw new StepFailure('AGENT_UNAVAILABLE', 'Not now.', true);
  };
  contexts.versions[0] = { n: 20 };
  const config = { input: 'memory.n + 1' };
  const { execution, steps } = await run([step('one', { stepType: 'AGENT', agentId: 'a', config })], contexts, agents);
  expect(execution).toMatchObject({ status: 'COMPLETED', result: 42 });
  expect([contexts.reads, steps]).toEqual([[null, 1], [{ id: 'one', read: 1, wrote: null, attempts: 2 }]]);
}, 20_000);

test('parallel steps write into one layer, and none is lost', async () => {
  const contexts = new Contexts();
  const ids = Array.from({ length: 12 }, (_, n) => `s${n}`);
  const { execution } = await run(
    ids.map((id) => step(id, { config: { expression: `"${id}"`, remember } })),
    contexts,
  );
  expect(execution.status).toBe('COMPLETED');
  expect(contexts.created.size).toBe(1);
  expect(contexts.versions.at(-1)).toEqual(Object.fromEntries(ids.map((id) => [id, id])));
});
