import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createWorkflow, EXECUTE_WORKFLOW, transformStep } from '../harness/fixtures.ts';
import { sql, urlOf } from '../harness/databases.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser, type TestUser } from '../harness/users.ts';

const REQUESTS = 16;

let topology: Topology;
let user: TestUser;
beforeAll(async () => {
  topology = await startTopology({ domains: ['auth', 'workflow'] });
  user = await makeUser(topology);
}, 120_000);
afterAll(() => topology?.stop());

test('requests in flight when a service is stopped in order are finished', async () => {
  const workflowId = await createWorkflow(user.graph, { steps: [transformStep('a', '1')] });
  const blocker = new pg.Client({
    connectionString: urlOf(topology.databaseUrl, `${topology.databasePrefix}_workflow`),
  });
  await blocker.connect();
  try {
    // They wait for the row of their workflow.
    await blocker.query('begin');
    await blocker.query('select 1 from workflows where id = $1 for update', [workflowId]);
    const answers = Promise.all(
      Array.from({ length: REQUESTS }, () => user.graph.ask(EXECUTE_WORKFLOW, { input: { workflowId } })),
    );
    await until('they wait', async () => {
      const [row] = await sql<{ count: number }>(
        topology,
        'workflow',
        `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return row!.count > 0;
    });
    const stopped = topology.apis.workflow.stop('SIGTERM');
    await until('it takes no more requests', async () => {
      const refused = await fetch(`${topology.subgraphUrls.workflow}/health/live`).catch(() => 'refused');
      return refused === 'refused';
    });
    await blocker.query('commit');
    const executions = (await answers).map(({ data, errors }) => ({ data, errors }));
    expect(executions.flatMap(({ errors }) => errors.map(({ extensions }) => extensions?.code))).toEqual([]);
    expect(await stopped).toBe(0);
  } finally {
    await blocker.end();
  }
}, 60_000);
