import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import fc from 'fast-check';
import { sql } from '../harness/databases.ts';
import { createWorkflow, executeWorkflow } from '../harness/fixtures.ts';
import { expectAsInterpreted, sentBy } from '../harness/random-workflows/checking.ts';
import { others, workflows } from '../harness/random-workflows/nodes.ts';
import { answer, startOutside } from '../harness/random-workflows/outside.ts';
import { makeSurroundings } from '../harness/random-workflows/surroundings.ts';
import { Reference } from '../harness/random-workflows/reference.ts';
import { written } from '../harness/random-workflows/written.ts';
import { randomWorkflows } from '../harness/test-config.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const { workflows: WORKFLOWS, seed: SEED } = randomWorkflows();
/** They are run in so many rounds. */
const ROUNDS = 3;
/**
 * So often in a round, workers are killed while they are at work, each time when so many more executions have ended. Work
 * whose worker is lost three times is given up, which the reference knows nothing of.
 */
const KILLS_IN_ROUND = 2;
const CALLERS = 4;

let topology: Topology;
let outside: Awaited<ReturnType<typeof startOutside>>;
let user: TestUser;
beforeAll(async () => {
  outside = await startOutside();
  topology = await startTopology({ env: { QUEUE_FAULT_DROP_RATE: '0.02', QUEUE_FAULT_REPEAT_RATE: '0.1' } });
  user = await makeUser(topology);
}, 180_000);
afterAll(async () => {
  await topology?.stop();
  await outside?.stop();
});

/** All at once from some callers, in order. */
async function inOrder<T, R>(all: readonly T[], work: (each: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const caller = async () => {
    while (next < all.length) {
      const index = next++;
      results[index] = await work(all[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return results;
}

const ENDED = ['COMPLETED', 'FAILED', 'CANCELLED'];
const endedOf = async (ids: readonly string[]) =>
  (
    await sql<{ count: number }>(
      topology,
      'workflow',
      'select count(*)::int as count from workflow_executions where id = any($1) and status::text = any($2)',
      [ids, ENDED],
    )
  )[0]!.count;

/** kill -9 of all workers at once; others take their place, as a supervisor starts them. */
async function killWorkers() {
  await Promise.all(topology.workers.map((worker) => worker.kill()));
  await Promise.all((['workflow', 'agent', 'notification'] as const).map((each) => topology.startWorker(each)));
}

/** Answers what executions wait for, and kills their workers, until all have ended. */
async function toTheEnd(ids: readonly string[]) {
  let kills = 0;
  await until(
    'all executions end',
    async () => {
      await answer(topology, user.graph);
      const count = await endedOf(ids);
      if (kills < KILLS_IN_ROUND && count >= ((kills + 1) * ids.length) / (KILLS_IN_ROUND + 1)) {
        kills += 1;
        await killWorkers();
      }
      return count === ids.length;
    },
    { timeoutMs: 300_000, everyMs: 100 },
  );
  expect(kills).toBe(KILLS_IN_ROUND);
}

test(`${WORKFLOWS} random workflows of all step types, with failures, killed workers, lost and repeated jobs: what the reference says, each step once`, async () => {
  const [inner] = fc.sample(others, { numRuns: 1, seed: SEED });
  const samples = fc.sample(workflows, { numRuns: WORKFLOWS, seed: SEED });
  const around = await makeSurroundings(topology, user, outside, inner!);
  const run = async (nodes: (typeof samples)[number], index: number) => {
    const steps = written(nodes, around);
    // Asked again, as clients do, while the service is too busy to answer.
    const definition = { type: 'PARALLEL', contextMode: 'CREATE', steps };
    const workflowId = await until('a workflow is created', () => createWorkflow(user.graph, definition));
    const request = { input: { run: `e${index}` }, idempotencyKey: `e${index}` };
    return until('an execution is accepted', () => executeWorkflow(user.graph, workflowId, request));
  };
  const ids: string[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const begun = ids.length;
    const ofRound = samples.slice(begun, Math.ceil((WORKFLOWS * round) / ROUNDS));
    ids.push(...(await inOrder(ofRound, (nodes, index) => run(nodes, begun + index))));
    await toTheEnd(ids.slice(begun));
  }

  const reference = new Reference(inner!);
  const expected = samples.map((nodes, index) => reference.interpret(nodes, `e${index}`));
  const done = new Map([...outside.effects(), ...(await sentBy(topology, user))]);
  await inOrder(samples, (nodes, index) =>
    expectAsInterpreted(user, { id: ids[index]!, run: `e${index}`, nodes }, expected[index]!, done),
  );
  const failed = expected.filter(({ fatal }) => fatal.length > 0).length;
  // Neither ending is rare.
  expect(Math.min(failed, WORKFLOWS - failed)).toBeGreaterThan(WORKFLOWS / 20);

  const repeated = await sql(
    topology,
    'workflow',
    `select stream, type, payload->>'stepId' as step, count(*)::int as count from outbox_events
     where type in ('workflow.step.completed', 'workflow.step.skipped', 'workflow.execution.completed', 'workflow.execution.failed')
     group by 1, 2, 3 having count(*) <> 1`,
  );
  expect(repeated).toEqual([]);
}, 600_000);
