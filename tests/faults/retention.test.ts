import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { Child } from '../harness/child.ts';
import { sql } from '../harness/databases.ts';
import {
  agentStep,
  createWorkflow,
  delayStep,
  executeWorkflow,
  executionEnds,
  executionIs,
  registerAgent,
} from '../harness/fixtures.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { testBackend } from '../harness/test-config.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser } from '../harness/users.ts';

let product: Product;
let again: Child | undefined;
beforeAll(async () => {
  product = await startProduct({ env: { EXECUTION_RETENTION_DAYS: '30' } });
});
afterAll(async () => {
  await again?.stop();
  await product?.stop();
});

/** Many batches each. */
const OLD_EVENTS = 250_000;
const OLD_EXECUTIONS = 60_000;

test('what is expired goes, however much it is; what runs, and what is younger, stays', async () => {
  const { graph, id: userId } = await makeUser(product);
  const agentId = await registerAgent(graph);
  const asks = await createWorkflow(graph, { steps: [agentStep('ask', agentId)] });
  const waits = await createWorkflow(graph, { steps: [delayStep('wait', 3_600)] });
  const [old, young] = [await executeWorkflow(graph, asks), await executeWorkflow(graph, asks)];
  const running = await executeWorkflow(graph, waits);
  for (const execution of [old, young]) expect((await executionEnds(graph, execution)).status).toBe('COMPLETED');
  await executionIs(graph, running, ['WAITING']);
  const [agentExecution] = await sql<{ id: string }>(
    product,
    'workflow',
    'select agent_execution_id as id from workflow_step_executions where execution_id = $1',
    [old],
  );
  await product.child.stop();

  const past = (days: number) => `now() - interval '${days} days'`;
  await sql(product, 'workflow', `update workflow_executions set completed_at = ${past(31)} where id = $1`, [old]);
  await sql(product, 'workflow', `update workflow_executions set completed_at = ${past(29)} where id = $1`, [young]);
  await sql(product, 'workflow', `update workflow_executions set created_at = ${past(99)} where id = $1`, [running]);
  await sql(product, 'agent', `update agent_executions set completed_at = ${past(31)} where id = $1`, [
    agentExecution!.id,
  ]);
  // As of a transaction long ago, so that they are the oldest in the log.
  await sql(
    product,
    'agent',
    `insert into outbox_events (transaction_id, type, version, stream, owner_id, payload, occurred_at)
     select '3'::xid8, 'agent.executed', 1, 'agent-execution:' || n, $1, '{}', ${past(31)} from generate_series(1, ${OLD_EVENTS}) n`,
    [userId],
  );
  await sql(
    product,
    'agent',
    `insert into agent_executions
     select (jsonb_populate_record(e, jsonb_build_object('id', e.id || n, 'idempotency_key', e.id || n))).*
     from agent_executions e, generate_series(2, ${OLD_EXECUTIONS}) n where id = $1`,
    [agentExecution!.id],
  );
  // On Redis there is no such table, and nothing to remove: its streams have a length.
  const onPostgres = testBackend() === 'postgres';
  if (onPostgres) {
    await inPlatform(
      `insert into bus.bus_events (id, event_id, type, event, published_at)
       select -n, 'old:' || n, 'agent.executed', '{}', ${past(31)} from generate_series(1, ${OLD_EVENTS}) n`,
    );
  }

  again = Child.start('server/main.js', product.logFile, { ...product.environment, PORT: String(product.port) });
  await again.ready(product.url);
  const patience = { timeoutMs: 120_000, everyMs: 200 };
  const ids = async (domain: 'agent' | 'workflow', table: string) =>
    (await sql<{ id: string }>(product, domain, `select id from ${table}`)).map(({ id }) => id);
  await until(
    'the old execution is gone',
    async () => !(await ids('workflow', 'workflow_executions')).includes(old),
    patience,
  );
  expect((await ids('workflow', 'workflow_executions')).sort()).toEqual([young, running].sort());
  const steps = await sql(product, 'workflow', 'select 1 from workflow_step_executions where execution_id = $1', [old]);
  expect(steps).toEqual([]);
  await until(
    'those of the agent too',
    async () => (await sql(product, 'agent', 'select id from agent_executions limit 2')).length === 1,
    patience,
  );
  expect(await ids('agent', 'agent_executions')).not.toContain(agentExecution!.id);
  await until(
    'no event is left that is expired',
    async () => {
      const query = `select 1 from outbox_events where occurred_at < ${past(30)} limit 1`;
      return (await sql(product, 'agent', query)).length === 0;
    },
    patience,
  );
  if (!onPostgres) return;
  await until(
    'none on the bus either',
    async () => (await inPlatform('select 1 from bus.bus_events where id < 0 limit 1')) === 0,
    patience,
  );
}, 300_000);

/** How many rows a statement has met in the database of queues and bus. */
async function inPlatform(statement: string): Promise<number | null> {
  const url = new URL(product.databaseUrl);
  url.pathname = `/${product.databasePrefix}_platform`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query(statement)).rowCount;
  } finally {
    await client.end();
  }
}
