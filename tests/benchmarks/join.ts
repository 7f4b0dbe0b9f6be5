import { agentStep, createWorkflow, executeWorkflow, executionEnds, registerAgent } from '../harness/fixtures.ts';
import { freePort } from '../harness/ports.ts';
import { startProduct } from '../harness/product.ts';
import { startTopology } from '../harness/topology.ts';
import { administrator, type TestUser } from '../harness/users.ts';
import { load, type LoadResult } from './load.ts';
import { startScript, stopScript } from './script.ts';
import { printTable } from './table.ts';

const JOIN = `query Join($id: ID!) {
  workflowExecution(id: $id) {
    id status createdAt completedAt
    startedBy { id username }
    workflow { id name owner { id username } }
    steps {
      id name status attempts result startedAt completedAt
      agent { id name type description kind capabilities tags owner { id username firstName lastName } }
      agentExecution { id status attempts output agent { id name } startedBy { username } }
    }
  }
}`;

const ENVIRONMENT = { NODE_ENV: 'production', LOG_LEVEL: 'warn' };
const OPTIONS = { seconds: 8, clients: 8 };

/** An execution of twelve steps by four agents. */
async function prepare(user: TestUser): Promise<string> {
  const agents = await Promise.all(Array.from({ length: 4 }, () => registerAgent(user.graph)));
  const steps = Array.from({ length: 12 }, (_, index) => agentStep(`s${index}`, agents[index % 4]!));
  const workflowId = await createWorkflow(user.graph, { type: 'PARALLEL', steps });
  const id = await executeWorkflow(user.graph, workflowId, { input: { text: 'x'.repeat(100) } });
  await executionEnds(user.graph, id, 60_000);
  return id;
}

const row = (name: string, { perSecond, p50Ms, p99Ms, answerBytes }: LoadResult) => ({
  name,
  value: perSecond,
  note: `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${(answerBytes / 1000).toFixed(1)} KB`,
});

/** One query over three subgraphs: this product in both topologies, Apollo's own gateway, and a monolith. */
export async function benchmarkJoin(databaseUrl: string): Promise<void> {
  const rows = [];
  const product = await startProduct({ databaseUrl, env: ENVIRONMENT });
  try {
    const user = await administrator(product);
    const operation = { query: JOIN, variables: { id: await prepare(user) } };
    rows.push(row('one process', await load(product.url, user.accessToken, operation, OPTIONS)));
    const port = await freePort();
    const { environment } = product;
    const monolith = await startScript('./monolith.ts', { port, userId: user.id }, { ...environment, ...ENVIRONMENT });
    rows.push(row('graphql-js monolith', await load(`http://127.0.0.1:${port}`, user.accessToken, operation, OPTIONS)));
    await stopScript(monolith);
  } finally {
    await product.stop();
  }

  const topology = await startTopology({ databaseUrl, env: ENVIRONMENT });
  try {
    const user = await administrator(topology);
    const operation = { query: JOIN, variables: { id: await prepare(user) } };
    rows.push(row('many processes', await load(topology.url, user.accessToken, operation, OPTIONS)));
    const port = await freePort();
    const stock = await startScript('./stock-gateway.ts', {
      port,
      secret: topology.environment.INTERNAL_SECRET,
      viewer: { kind: 'service', service: 'bench', userId: user.id, scopes: ['*:*'] },
      subgraphUrls: topology.subgraphUrls,
    });
    rows.push(
      row('many processes, stock Apollo gateway', await load(`http://127.0.0.1:${port}`, '', operation, OPTIONS)),
    );
    await stopScript(stock);
  } finally {
    await topology.stop();
  }
  printTable('Join of three subgraphs (execution → steps → agents and their executions → owners)', 'requests/s', rows);
}
