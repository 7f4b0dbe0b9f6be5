import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { sql, type Domain } from '../harness/databases.ts';
import {
  agentStep,
  createWorkflow,
  echoAgent,
  executeWorkflow,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const EXECUTIONS = 30;
/** Steps that write, in each execution. */
const WRITERS = ['note', 'left', 'right', 'agent'];
/** Longer than calls between services wait for an answer, and than every lease. */
const FROZEN_MS = 20_000;
const PATIENCE = { timeoutMs: 180_000, everyMs: 200 };

let topology: Topology;
let user: TestUser;
let workflowId: string;

beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'agent', 'workflow', 'context'] });
  user = await makeUser(topology);
  const agentId = await registerAgent(user.graph, { ...echoAgent('$'), concurrencyLimit: 10 });
  const remember = { layer: 'findings' };
  const writing = (id: string, expression: string, dependencies: string[]) =>
    transformStep(id, '', { config: { expression, remember }, dependencies });
  workflowId = await createWorkflow(user.graph, {
    contextMode: 'CREATE',
    steps: [
      writing('note', 'input', []),
      writing('left', 'memory.note.n + 1', ['note']),
      writing('right', 'memory.note.n + 2', ['note']),
      agentStep('agent', agentId, {
        config: { input: '{"n": memory.left + memory.right}', remember },
        dependencies: ['left', 'right'],
      }),
      transformStep('end', 'memory', { dependencies: ['agent'] }),
    ],
  });
}, 120_000);

afterAll(() => topology?.stop());

const kill = async (workers: readonly Domain[], apis: readonly Domain[]) => {
  const killed = topology.workers.filter(({ logFile }) => workers.some((one) => logFile.includes(`/${one}-worker-`)));
  await Promise.all([...killed, ...apis.map((domain) => topology.apis[domain])].map((child) => child.kill()));
  await Promise.all([
    ...workers.map((domain) => topology.startWorker(domain)),
    ...apis.map((domain) => topology.startApi(domain)),
  ]);
};

const FAULTS: Readonly<Record<string, () => Promise<unknown>>> = {
  'the workers of workflows, agents and contexts are killed': () => kill(['workflow', 'agent', 'context'], []),
  'the context service is killed, and is there again': () => kill([], ['context']),
  'the context service is frozen for a while': async () => {
    const { context } = topology.apis;
    context.freeze();
    await delay(FROZEN_MS);
    context.thaw();
  },
  'the context service and the worker of workflows are killed at once': () => kill(['workflow'], ['context']),
};

interface Ended {
  readonly id: string;
  readonly status: string;
  readonly input: { readonly n: number };
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly context: { readonly id: string; readonly version: number };
  readonly steps: readonly {
    readonly id: string;
    readonly attempts: number;
    readonly contextRead: { readonly version: number; readonly resolved: { readonly value: unknown } } | null;
    readonly contextWritten: { readonly version: number; readonly change: string } | null;
  }[];
}

async function endedOf(ids: readonly string[]): Promise<Ended[]> {
  const executions: Ended[] = [];
  for (const id of ids) {
    const { workflowExecution } = await user.graph.query<{ workflowExecution: Ended }>(
      `query ($id: ID!) {
        workflowExecution(id: $id) {
          id status input result error { code message } context { id version }
          steps { id attempts contextRead { version resolved { value } } contextWritten { version change } }
        }
      }`,
      { id },
    );
    executions.push(workflowExecution);
  }
  return executions;
}

async function countOf(domain: Domain, query: string, values: readonly unknown[] = []): Promise<number> {
  const [row] = await sql<{ count: number }>(topology, domain, query, values);
  return row!.count;
}

test.each(Object.keys(FAULTS))(
  '%s: one context for each execution, each result written once, and what was read is kept',
  async (fault) => {
    const before = await countOf('context', 'select count(*)::int as count from contexts');
    const ids = await Promise.all(
      Array.from({ length: EXECUTIONS }, (_, n) => executeWorkflow(user.graph, workflowId, { input: { n } })),
    );
    await until(
      'a part is written',
      async () =>
        (await countOf(
          'workflow',
          `select count(*)::int as count from workflow_step_executions
           where execution_id = any($1) and context_written is not null`,
          [ids],
        )) >= EXECUTIONS,
      { timeoutMs: 60_000, everyMs: 5 },
    );
    await FAULTS[fault]!();
    await until(
      'all end',
      async () =>
        (await countOf(
          'workflow',
          `select count(*)::int as count from workflow_executions where id = any($1) and completed_at is null`,
          [ids],
        )) === 0,
      PATIENCE,
    );
    const executions = await endedOf(ids);
    expect(executions.filter(({ status }) => status !== 'COMPLETED')).toEqual([]);
    expect(await countOf('context', 'select count(*)::int as count from contexts')).toBe(before + EXECUTIONS);
    for (const { input, result, context, steps } of executions) {
      const { n } = input;
      const value = { note: { n }, left: n + 1, right: n + 2, agent: { n: 2 * n + 3 } };
      expect(result).toEqual(value);
      expect(context.version).toBe(1 + WRITERS.length);
      const written = steps.flatMap(({ contextWritten }) => contextWritten ?? []);
      expect(written.map(({ version }) => version).sort()).toEqual([2, 3, 4, 5]);
      expect(steps.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
      const read = Object.fromEntries(steps.map(({ id, contextRead }) => [id, contextRead?.resolved.value]));
      expect(read).toMatchObject({ left: { note: { n } }, agent: { left: n + 1, right: n + 2 }, end: value });
    }
  },
  360_000,
);

test('while the context service is away, a step says that it waits for it', async () => {
  await topology.apis.context.stop('SIGTERM');
  const id = await executeWorkflow(user.graph, workflowId, { input: { n: 1 } });
  const waiting = async () => {
    const { workflowExecution } = await user.graph.query<{
      workflowExecution: { steps: readonly { readonly waitingFor: { readonly service: string } | null }[] };
    }>('query ($id: ID!) { workflowExecution(id: $id) { steps { waitingFor { service } } } }', { id });
    return workflowExecution.steps[0]?.waitingFor;
  };
  expect(await until('the first step waits', waiting)).toEqual({ service: 'context' });
  await topology.startApi('context');
  await until('it ends', async () => (await endedOf([id]))[0]?.status === 'COMPLETED', PATIENCE);
}, 240_000);
