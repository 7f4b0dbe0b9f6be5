import { isDeepStrictEqual } from 'node:util';
import { agentStep, createWorkflow, executeWorkflow, executionEnds, registerAgent } from '../harness/fixtures.ts';
import { freePort } from '../harness/ports.ts';
import { startProduct } from '../harness/product.ts';
import { startTopology } from '../harness/topology.ts';
import { administrator, type TestUser } from '../harness/users.ts';
import { answerOf, measure, type Target } from './load.ts';
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
const EXECUTIONS = 25;

/** Executions of twelve steps by four agents. */
async function prepare(user: TestUser) {
  const agents = await Promise.all(Array.from({ length: 4 }, () => registerAgent(user.graph)));
  const steps = Array.from({ length: 12 }, (_, index) => agentStep(`s${index}`, agents[index % 4]!));
  const workflowId = await createWorkflow(user.graph, { type: 'PARALLEL', steps });
  const input = { text: 'x'.repeat(100) };
  const ids = await Promise.all(
    Array.from({ length: EXECUTIONS }, () => executeWorkflow(user.graph, workflowId, { input })),
  );
  for (const id of ids) await executionEnds(user.graph, id, 120_000);
  return { accessToken: user.accessToken, query: JOIN, variables: ids.map((id) => ({ id })) };
}

/** Both must say the same, or their times could not be compared. */
async function assertSameAnswer(one: Target, other: Target): Promise<number> {
  const answers = await Promise.all([answerOf(one), answerOf(other)]);
  const [left, right] = answers.map((text) => JSON.parse(text) as { data: unknown });
  if (!isDeepStrictEqual(left!.data, right!.data)) throw new Error(`${one.name} and ${other.name} answer differently`);
  return answers[0].length;
}

/** One query over three subgraphs: this product in both topologies, Apollo's own gateway, and a monolith. */
export async function benchmarkJoin(databaseUrl: string, otherDatabaseUrl: string): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  try {
    const product = await startProduct({ databaseUrl, env: ENVIRONMENT });
    stops.push(product.stop);
    const topology = await startTopology({ databaseUrl: otherDatabaseUrl, env: ENVIRONMENT });
    stops.push(topology.stop);
    const [insider, outsider] = await Promise.all([administrator(product), administrator(topology)]);
    const [monolithPort, stockPort] = await Promise.all([freePort(), freePort()]);
    const monolith = await startScript(
      './monolith.ts',
      { port: monolithPort, userId: insider.id },
      { ...product.environment, ...ENVIRONMENT },
    );
    stops.push(() => stopScript(monolith));
    const stock = await startScript('./stock-gateway.ts', {
      port: stockPort,
      secret: topology.environment.INTERNAL_SECRET,
      viewer: { kind: 'service', service: 'bench', userId: outsider.id, scopes: ['*:*'] },
      subgraphUrls: topology.subgraphUrls,
    });
    stops.push(() => stopScript(stock));

    const apis = Object.values(topology.apis).map(({ process }) => process.pid!);
    const near = await prepare(insider);
    const far = await prepare(outsider);
    const targets: Target[] = [
      { name: 'one process', url: product.url, pids: [product.child.process.pid!], ...near },
      { name: 'graphql-js monolith', url: `http://127.0.0.1:${monolithPort}`, pids: [monolith.pid!], ...near },
      { name: 'many processes', url: topology.url, pids: [topology.gateway.process.pid!, ...apis], ...far },
      { name: 'stock Apollo gateway', url: `http://127.0.0.1:${stockPort}`, pids: [stock.pid!, ...apis], ...far },
    ];
    const bytes = await assertSameAnswer(targets[0]!, targets[1]!);
    await assertSameAnswer(targets[2]!, targets[3]!);
    const results = await measure(targets);
    const kilobytes = (bytes / 1000).toFixed(1);
    printTable(
      `Join of three subgraphs: execution → steps → agents and their executions → owners, ${kilobytes} KB`,
      'requests/s',
      results.map(({ perSecond, p50Ms, p99Ms }, index) => ({
        name: targets[index]!.name,
        value: perSecond,
        note: `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
      })),
    );
    printTable(
      'The same as processor time of all its processes (the database apart): the less the better',
      'ms/request',
      results.map(({ cpuMs }, index) => ({ name: targets[index]!.name, value: cpuMs })),
    );
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
