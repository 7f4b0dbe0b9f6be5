import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { approvalOf, ask, post, startMail } from '../harness/approvals.ts';
import { sql } from '../harness/databases.ts';
import { executionEnds } from '../harness/fixtures.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { administrator, makeUser } from '../harness/users.ts';

const EXECUTIONS = 5;
const APPROVERS = 4;
const KILLS = 4;

let mail: Awaited<ReturnType<typeof startMail>>;
let topology: Topology;
beforeAll(async () => {
  mail = await startMail();
  topology = await startTopology({ domains: ['auth', 'agent', 'workflow', 'notification'], env: mail.env });
}, 240_000);
afterAll(async () => {
  await topology?.stop();
  await mail?.smtp.stop();
});

const count = async (text: string) => (await sql<{ n: number }>(topology, 'workflow', text))[0]?.n ?? 0;

test('workers are killed while they tell approvers: each is told once, and the link that arrived is good', async () => {
  const [starter, ...approvers] = await Promise.all(
    Array.from({ length: APPROVERS + 1 }, () => makeUser(topology, { roles: ['member'] })),
  );
  const userIds = approvers.map(({ id }) => id);
  const ids = await Promise.all(Array.from({ length: EXECUTIONS }, () => ask(starter!, { approvers: { userIds } })));
  // Whoever has claimed an asking may be killed before, between and after its notifications.
  for (let kill = 0; kill < KILLS; kill += 1) {
    const workers = topology.workers.filter(({ logFile }) => logFile.includes('workflow-worker'));
    await Promise.all(workers.map((worker) => worker.kill()));
    // What a killed worker has claimed is free after two minutes, which a test does not wait for.
    await sql(topology, 'workflow', 'update workflow_approval_askings set next_try_at = clock_timestamp()');
    const before = await count('select coalesce(sum(tries), 0)::int as n from workflow_approval_askings');
    await topology.startWorker('workflow');
    await until(
      'something is tried',
      async () =>
        (await count(
          `select (sum(tries) > ${before} or bool_and(done_at is not null))::int as n from workflow_approval_askings`,
        )) === 1,
    );
  }
  await until(
    'all is known',
    async () => {
      await sql(
        topology,
        'workflow',
        'update workflow_approval_askings set next_try_at = clock_timestamp() where done_at is null',
      );
      return (await count('select count(*)::int as n from workflow_approval_askings where done_at is null')) === 0;
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  for (const approver of approvers) expect(mail.mailsTo(approver)).toHaveLength(EXECUTIONS);

  const [first] = approvers;
  for (let number = 1; number <= EXECUTIONS; number += 1) {
    const token = await mail.tokenTo(first!, number);
    expect(await post(topology, 'decision', { token, verdict: 'APPROVE' })).toMatchObject({
      ...{ status: 200, body: { kind: 'CLOSED', why: 'You have approved it.' } },
    });
  }
  for (const id of ids) {
    expect(await executionEnds(starter!.graph, id, 60_000)).toMatchObject({ status: 'COMPLETED' });
    const { decisions, notifications } = await approvalOf(starter!, id);
    expect(decisions).toMatchObject([{ by: { id: first!.id }, via: 'LINK' }]);
    expect(notifications.nodes.map(({ status }) => status)).toEqual(userIds.map(() => 'DELIVERED'));
  }
  const { graph } = await administrator(topology);
  const audited = await until('all is audited', async () => {
    const { auditLogs } = await graph.query<{ auditLogs: { nodes: { targetId: string; address: string }[] } }>(
      '{ auditLogs(filter: { actions: ["workflow.approval_decided"] }) { nodes { targetId address } } }',
    );
    return auditLogs.nodes.length >= EXECUTIONS ? auditLogs.nodes : null;
  });
  // The gateway, another process, has told where they came from.
  expect(audited.map(({ targetId, address }) => [targetId, address]).sort()).toEqual(
    ids.map((id) => [id, '127.0.0.1']).sort(),
  );
}, 300_000);
