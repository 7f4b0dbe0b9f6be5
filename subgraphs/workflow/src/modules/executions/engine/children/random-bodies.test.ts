import { closeSandbox } from '@flowmesh/platform/sandbox';
import fc from 'fast-check';
import { createEngine, ended, startRequest, step, storeWorkflow } from '../../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../../testing/test-database.ts';
import type { StepDefinition } from '../definition.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

type Node =
  | { readonly kind: 'say' }
  /** Fails where `index` is 1. */
  | { readonly kind: 'fail' }
  | {
      readonly kind: 'each';
      readonly items: number;
      readonly atOnce: number;
      readonly goesOn: boolean;
      readonly body: readonly Node[];
    }
  | { readonly kind: 'loop'; readonly rounds: number; readonly body: readonly Node[] };

const leaf: fc.Arbitrary<Node> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Node>({ kind: 'say' }) },
  { weight: 1, arbitrary: fc.constant<Node>({ kind: 'fail' }) },
);
const nodes = (depth: number): fc.Arbitrary<readonly Node[]> => fc.array(node(depth), { minLength: 1, maxLength: 2 });
const node = (depth: number): fc.Arbitrary<Node> =>
  depth === 0
    ? leaf
    : fc.oneof(
        { weight: 1, arbitrary: leaf },
        {
          weight: 2,
          arbitrary: fc.record({
            kind: fc.constant('each' as const),
            items: fc.nat({ max: 4 }),
            atOnce: fc.integer({ min: 1, max: 3 }),
            goesOn: fc.boolean(),
            body: nodes(depth - 1),
          }),
        },
        {
          weight: 1,
          arbitrary: fc.record({
            kind: fc.constant('loop' as const),
            rounds: fc.integer({ min: 1, max: 3 }),
            body: nodes(depth - 1),
          }),
        },
      );

/** One step after the other, each with a name that no other has. */
function toSteps(all: readonly Node[], names: { next: number }): StepDefinition[] {
  let before: string | undefined;
  return all.map((each) => {
    const id = `s${(names.next += 1)}`;
    const more = { dependencies: before === undefined ? [] : [before], retryCount: 0 };
    before = id;
    const said = '{"item": item, "index": index, "round": round}';
    switch (each.kind) {
      case 'say':
        return step(id, { ...more, config: { expression: said } });
      case 'fail':
        return step(id, { ...more, config: { expression: `index = 1 ? $error("one") : ${said}` } });
      case 'each': {
        const rest = { maxConcurrent: each.atOnce, onItemFailure: each.goesOn ? 'CONTINUE' : 'FAIL' };
        const config = { items: `[1..${each.items}]`, steps: toSteps(each.body, names), ...rest };
        return step(id, { ...more, stepType: 'FOR_EACH', config });
      }
      case 'loop': {
        const config = { until: `round >= ${each.rounds}`, steps: toSteps(each.body, names) };
        return step(id, { ...more, stepType: 'LOOP', config });
      }
    }
  });
}

interface Place {
  readonly item: number | null;
  readonly index: number | null;
  readonly round: number | null;
}

class Failed extends Error {}

/** What must come of steps one after the other; throws `Failed` where one fails for good. */
function interpret(all: readonly Node[], place: Place): unknown {
  let result: unknown = null;
  for (const each of all) result = interpretOne(each, place);
  return result;
}

function interpretOne(each: Node, place: Place): unknown {
  switch (each.kind) {
    case 'say':
      return place;
    case 'fail':
      if (place.index === 1) throw new Failed();
      return place;
    case 'each':
      return Array.from({ length: each.items }, (_, index) => {
        try {
          return interpret(each.body, { ...place, item: index + 1, index });
        } catch (error) {
          if (error instanceof Failed && each.goesOn) return null;
          throw error;
        }
      });
    case 'loop': {
      let result: unknown = null;
      for (let round = 1; round <= each.rounds; round += 1) result = interpret(each.body, { ...place, round });
      return result;
    }
  }
}

function expected(all: readonly Node[]) {
  try {
    return { status: 'COMPLETED', result: interpret(all, { item: null, index: null, round: null }) };
  } catch (error) {
    if (error instanceof Failed) return { status: 'FAILED', result: null };
    throw error;
  }
}

test('random bodies, two processes, a fifth of the jobs lost, some twice: what the reference says, each step once', async () => {
  const { pool } = database;
  let dice = 1;
  const queues = createLocalQueues(() => (dice = (dice * 48_271) % 2_147_483_647) % 5 === 0);
  const processes = [createEngine(pool, queues), createEngine(pool, createLocalQueues())] as const;
  const workers = await Promise.all(processes.map(({ work }) => work()));
  try {
    const samples = fc.sample(nodes(2), { numRuns: 40, seed: 11 });
    const begun = await Promise.all(
      samples.map(async (all, index) => {
        const request = startRequest(await storeWorkflow(pool, toSteps(all, { next: 0 })));
        const { engine } = processes[index % 2 === 0 ? 0 : 1];
        await engine.start(request);
        // Whoever drives it a second time finds the steps taken.
        await processes[1].engine.enqueueBegun([{ id: request.id, turn: 0 }]);
        return { all, id: request.id };
      }),
    );
    for (const { all, id } of begun) {
      const { status, result } = await ended(pool, id);
      expect({ all, status, result }).toEqual({ all, ...expected(all) });
    }
    const ids = begun.map(({ id }) => id);
    const { rows: twice } = await pool.query(
      `select o.stream, o.type, o.payload ->> 'stepId' as step, count(*)::int as count from outbox_events o
       join workflow_executions e on o.stream = 'workflow-execution:' || e.id
       where (e.id = any($1) or e.root_execution_id = any($1))
         and o.type in ('workflow.step.completed', 'workflow.execution.completed')
       group by 1, 2, 3 having count(*) > 1`,
      [ids],
    );
    expect(twice).toEqual([]);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}, 120_000);
