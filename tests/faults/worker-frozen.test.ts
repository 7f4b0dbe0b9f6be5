import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import type { Child } from '../harness/child.ts';
import { sql } from '../harness/databases.ts';
import { createWorkflow, executeWorkflow, executionEnds, transformStep } from '../harness/fixtures.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser, type TestUser } from '../harness/users.ts';

const EXECUTIONS = 60;
const STEPS = ['a', 'b', 'c', 'd', 'e'];
/** The server ends a transaction that waits for its client after 8 s; the rest is for a busy machine. */
const FREE_WITHIN_MS = 14_000;
/** Until it counts as standing still, and not as between two statements. */
const STILL_MS = 400;

let topology: Topology;
let user: TestUser;
let frozen: Child | undefined;

beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'workflow'] });
  await topology.startWorker('workflow');
  user = await makeUser(topology);
}, 120_000);
afterAll(async () => {
  frozen?.thaw();
  await topology?.stop();
}, 60_000);

/** Transactions that wait for their client: their backends, and how many others wait for locks of them. */
const standing = () =>
  sql<{ pid: number; waiting: number }>(
    topology,
    'workflow',
    `select a.pid, (select count(*)::int from pg_stat_activity w where a.pid = any(pg_blocking_pids(w.pid))) as waiting
     from pg_stat_activity a where a.datname = current_database() and a.state = 'idle in transaction'
       and a.state_change < clock_timestamp() - interval '${STILL_MS / 2} milliseconds'`,
  );

/** Freezes a worker until it happens to be in the middle of a transaction that has locked something. */
async function freezeInTransaction(worker: Child): Promise<number[]> {
  const caught = await until(
    'a worker stands still in the middle of a transaction',
    async () => {
      frozen = worker;
      worker.freeze();
      await wait(STILL_MS);
      const pids = (await standing()).map(({ pid }) => pid);
      if (pids.length > 0) return pids;
      worker.thaw();
      return null;
    },
    { timeoutMs: 60_000, everyMs: 30 },
  );
  return caught;
}

test('a worker stands still in the middle of a transaction: others go on after 8 s, and nothing is applied twice', async () => {
  const steps = STEPS.map((id, at) =>
    transformStep(id, `${at}`, { dependencies: STEPS.slice(Math.max(0, at - 1), at) }),
  );
  const workflowId = await createWorkflow(user.graph, { steps });
  const ids: string[] = [];
  let working = true;
  const busy = (async () => {
    while (working)
      ids.push(...(await Promise.all(Array.from({ length: 10 }, () => executeWorkflow(user.graph, workflowId)))));
  })();
  await until('it works', () => ids.length >= EXECUTIONS / 2, { timeoutMs: 60_000 });
  const stuck = await freezeInTransaction(topology.workers.find(({ logFile }) => logFile.includes('workflow-worker'))!);
  const since = performance.now();
  working = false;
  await busy;
  await until(
    'the server has ended its transactions',
    async () => (await standing()).every(({ pid }) => !stuck.includes(pid)),
    { timeoutMs: FREE_WITHIN_MS, everyMs: 100 },
  );
  const free = performance.now() - since;
  expect(free).toBeLessThan(FREE_WITHIN_MS);
  for (const id of ids) {
    expect(await executionEnds(user.graph, id, 60_000)).toMatchObject({
      status: 'COMPLETED',
      result: STEPS.length - 1,
    });
  }
  // It wakes up with what it had begun, long after others have done it.
  frozen?.thaw();
  const last = await executeWorkflow(user.graph, workflowId);
  ids.push(last);
  expect(await executionEnds(user.graph, last, 60_000)).toMatchObject({ status: 'COMPLETED' });
  const applied = await sql<{ type: string; steps: number; times: number }>(
    topology,
    'workflow',
    `select type, count(distinct (stream, payload->>'stepId'))::int as steps, count(*)::int as times from outbox_events
     where type in ('workflow.step.completed', 'workflow.execution.completed') group by 1 order by 1`,
  );
  expect(applied).toEqual([
    { type: 'workflow.execution.completed', steps: ids.length, times: ids.length },
    { type: 'workflow.step.completed', steps: ids.length * STEPS.length, times: ids.length * STEPS.length },
  ]);
}, 240_000);
