import { afterEach, expect, test } from '@jest/globals';
import { HttpDouble, until } from '@flowmesh/platform/testing';
import { sql, type Domain } from '../harness/databases.ts';
import { executeAgent, registerAgent } from '../harness/fixtures.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { makeUser } from '../harness/users.ts';

const DOMAINS: readonly Domain[] = ['auth', 'agent'];
const PUSHES = 10;

let topology: Topology | undefined;
let receiver: HttpDouble | undefined;
afterEach(async () => {
  await receiver?.stop();
  await topology?.stop();
  topology = undefined;
});

test('what a killed worker was telling is told by the next one', async () => {
  let isHeld = true;
  receiver = await HttpDouble.start((_call, response) => {
    // The worker dies before it is answered.
    if (!isHeld) response.writeHead(200).end();
  });
  const product = (topology = await startTopology({ domains: DOMAINS }));
  const { graph } = await makeUser(product);
  const agentId = await registerAgent(graph);
  const ids: string[] = [];
  for (let at = 0; at < PUSHES; at += 1) {
    const { id } = await executeAgent(graph, agentId, { n: at });
    await graph.mutate(
      'mutation ($input: SetAgentExecutionPushInput!) { setAgentExecutionPush(input: $input) { __typename } }',
      { input: { executionId: id, url: `${receiver.url}/${id}` } },
    );
    ids.push(id);
  }
  const calls = receiver.calls;
  await until('all are being told', () => new Set(calls.map(({ path }) => path)).size === PUSHES);
  await Promise.all(product.workers.map((worker) => worker.kill()));
  isHeld = false;
  await product.startWorker('agent');
  const told = async () =>
    sql<{ told: string; attempts: number }>(
      product,
      'agent',
      `select told_status::text as told, attempts from agent_execution_pushes where ended_at is not null`,
    );
  // A claim holds for 30 seconds.
  await until('all are told', async () => (await told()).length === PUSHES, { timeoutMs: 90_000 });
  expect(await told()).toEqual(ids.map(() => ({ told: 'COMPLETED', attempts: 0 })));
  const ends = (id: string) =>
    calls.filter(({ path, body }) => path === `/${id}` && body.includes('TASK_STATE_COMPLETED')).length;
  for (const id of ids) expect(ends(id)).toBeGreaterThanOrEqual(1);
}, 180_000);
