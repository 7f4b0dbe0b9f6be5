import { closeSandbox } from '@flowmesh/platform/sandbox';
import { newId } from '@flowmesh/platform/ids';
import { until } from '@flowmesh/platform/testing';
import fc from 'fast-check';
import { AT_THE_GRAPH, createEngine, startRequest, step, storeWorkflow } from '../../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../../testing/test-database.ts';
import type { Engine } from '../engine.ts';
import { DEFAULT_RETRY_POLICY, type StepDefinition } from '../definition.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

interface Node {
  readonly kind: 'does' | 'fails' | 'each';
  /** Of the steps before it, those at these places, counted back. */
  readonly after: readonly number[];
  readonly undone: boolean;
}

const node: fc.Arbitrary<Node> = fc.record({
  kind: fc.constantFrom('does', 'does', 'does', 'each', 'fails'),
  after: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  undone: fc.boolean(),
});

/** Fails at random for good, so that somebody has to retry it. */
const compensation = {
  stepType: 'TRANSFORM' as const,
  agentId: null,
  config: { expression: '$random() < 0.2 ? $error("not now") : "undone"' },
  timeoutSeconds: 300,
  retryCount: 0,
  retryPolicy: DEFAULT_RETRY_POLICY,
  when: 'COMPLETED' as const,
};

function toSteps(nodes: readonly Node[]): StepDefinition[] {
  return nodes.map(({ kind, after, undone }, at) => {
    const id = `s${at}`;
    const dependencies = after.flatMap((back) => (at - back >= 0 ? [`s${at - back}`] : []));
    const more = { dependencies, retryCount: 0, compensation: undone ? compensation : null };
    if (kind === 'fails') return step(id, { ...more, config: { expression: '$error("random")' } });
    if (kind === 'does') return step(id, more);
    const inner = [step(`${id}x`, { compensation }), step(`${id}y`, { dependencies: [`${id}x`], compensation })];
    return step(id, { ...more, stepType: 'FOR_EACH', config: { items: '[1, 2]', steps: inner } });
  });
}

interface Ended {
  readonly execution: string;
  readonly step: string;
  readonly at: Date;
}

/** Steps with a compensation that have completed, of an execution and its parts, but for what undoes them. */
async function completed(id: string, undoable: ReadonlySet<string>): Promise<Ended[]> {
  const { rows } = await database.pool.query<Ended>(
    `select s.execution_id as execution, s.step_id as step, s.completed_at as at
     from workflow_executions e join workflow_step_executions s on s.execution_id = e.id
     where (e.id = $1 or e.root_execution_id = $1) and coalesce(e.item_index, 0) >= 0 and s.status = 'COMPLETED'`,
    [id],
  );
  return rows.filter(({ step: of }) => undoable.has(of));
}

/** The executions that have undone steps, as they ended. */
async function undone(id: string): Promise<Ended[]> {
  const { rows } = await database.pool.query<Ended>(
    `select parent_execution_id as execution, parent_step_id as step, completed_at as at
     from workflow_executions where root_execution_id = $1 and item_index < 0 and status = 'COMPLETED'
     order by completed_at, event_seq`,
    [id],
  );
  return rows;
}

async function retryStuck({ apply }: Pick<Engine, 'apply'>, id: string): Promise<void> {
  const { rows } = await database.pool.query<{ id: string }>(
    `select id from workflow_compensations where execution_id = $1 and status = 'FAILED'`,
    [id],
  );
  for (const { id: compensationId } of rows) {
    const decision = {
      id: newId(),
      compensationId,
      action: 'RETRY' as const,
      userId: 'ada',
      reason: null,
      origin: AT_THE_GRAPH,
    };
    await apply(id, { kind: 'decide-compensation', decision });
  }
}

const isUndone = async (id: string): Promise<boolean> => {
  const { rows } = await database.pool.query<{ done: boolean }>(
    `select status in ('COMPLETED', 'FAILED') and compensation_status in ('NONE', 'COMPLETED') as done
     from workflow_executions where id = $1`,
    [id],
  );
  return rows[0]?.done ?? false;
};

const nameOf = ({ execution, step: of }: Ended) => `${execution} ${of}`;

test('random graphs, two processes, a fifth of the jobs lost: what has completed is undone once each, in reverse', async () => {
  const { pool } = database;
  let dice = 1;
  const queues = createLocalQueues(() => (dice = (dice * 48_271) % 2_147_483_647) % 5 === 0);
  const processes = [createEngine(pool, queues), createEngine(pool, createLocalQueues())] as const;
  const workers = await Promise.all(processes.map(({ work }) => work()));
  try {
    const samples = fc.sample(fc.array(node, { minLength: 3, maxLength: 7 }), { numRuns: 40, seed: 7 });
    const begun = await Promise.all(
      samples.map(async (nodes, index) => {
        const steps = toSteps(nodes);
        const undoable = new Set(
          steps.flatMap(({ id, stepType, compensation: own }) => [
            ...(own ? [id] : []),
            ...(stepType === 'FOR_EACH' ? [`${id}x`, `${id}y`] : []),
          ]),
        );
        const request = startRequest(await storeWorkflow(pool, steps));
        await processes[index % 2 === 0 ? 0 : 1].engine.start(request);
        return { id: request.id, undoable };
      }),
    );
    let all = 0;
    for (const { id, undoable } of begun) {
      await until(
        `everything of ${id} is undone`,
        async () => {
          await retryStuck({ apply: (...args) => processes[0].engine.apply(...args) }, id);
          return isUndone(id);
        },
        { timeoutMs: 60_000 },
      );
      const { rows } = await pool.query<{ status: string }>('select status from workflow_executions where id = $1', [
        id,
      ]);
      const done = await completed(id, undoable);
      const back = await undone(id);
      if (rows[0]?.status === 'COMPLETED') {
        expect(back).toEqual([]);
        continue;
      }
      expect(back.map(nameOf).sort()).toEqual(done.map(nameOf).sort());
      const times = new Map(done.map((each) => [nameOf(each), each.at.getTime()]));
      const inOrder = back.map((each) => times.get(nameOf(each)) ?? 0);
      expect(inOrder).toEqual(inOrder.toSorted((a, b) => b - a));
      all += back.length;
    }
    expect(all).toBeGreaterThan(50);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}, 180_000);
