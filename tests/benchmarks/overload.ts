import { once } from 'node:events';
import { createWorkflow, EXECUTE_WORKFLOW, transformStep } from '../harness/fixtures.ts';
import { startProduct } from '../harness/product.ts';
import { administrator } from '../harness/users.ts';
import type { Outcome, Settings } from './overload-client.ts';
import { startScript } from './script.ts';
import { printTable } from './table.ts';

const CLIENTS = [16, 64];
/** Twice as many as may be in flight or wait. */
const CONNECTIONS = 400;
const SECONDS = 8;
const REST_SECONDS = 5;
const TIMES = 5;

const LIST = '{ workflows(first: 20) { totalCount nodes { id name status createdAt } } }';

/**
 * What is served at the limit, by clients that wait for their answers, and at five times as much, by clients that do not:
 * on connections that are kept, and on a new one for each request.
 */
export async function benchmarkOverload(databaseUrl: string): Promise<void> {
  const product = await startProduct({ databaseUrl, env: { NODE_ENV: 'production', LOG_LEVEL: 'warn' } });
  try {
    const { graph, accessToken } = await administrator(product);
    const workflowId = await createWorkflow(graph, { steps: [transformStep('one', '1')] });
    const operations = {
      'Executions accepted': JSON.stringify({ query: EXECUTE_WORKFLOW, variables: { input: { workflowId } } }),
      'Lists answered': JSON.stringify({ query: LIST }),
    };
    for (const [title, body] of Object.entries(operations)) {
      const ask = (how: Omit<Settings, 'url' | 'accessToken' | 'body' | 'seconds'>, seconds = SECONDS) =>
        outcomeOf({ url: product.url, accessToken, body, seconds, ...how });
      await ask({ clients: CLIENTS[0]!, connections: CLIENTS[0]! }, 3);
      const rows = [];
      for (const clients of CLIENTS) {
        const outcome = await ask({ clients, connections: clients });
        rows.push({ name: `at the limit, ${clients} clients`, value: outcome.perSecond, note: told(outcome) });
      }
      const limit = Math.max(...rows.map(({ value }) => value));
      rows.sort((one, other) => other.value - one.value);
      for (const connections of [CONNECTIONS, 0]) {
        await rest();
        const outcome = await ask({ perSecond: limit * TIMES, connections });
        const over = connections ? `${connections} connections` : 'a connection each';
        rows.push({ name: `asked ${TIMES} times as much, ${over}`, value: outcome.perSecond, note: told(outcome) });
      }
      printTable(`${title} under overload`, '/s', rows);
      await rest();
    }
  } finally {
    await product.stop();
  }
}

async function outcomeOf(settings: Settings): Promise<Outcome> {
  const child = await startScript('overload-client.ts', settings);
  const [outcome] = (await once(child, 'message')) as [Outcome];
  return outcome;
}

const ms = (value: number | null) => (value === null ? 'none' : `${value.toFixed(0)} ms`);

const told = ({ p50Ms, p99Ms, refused, refusedP50Ms, refusedP99Ms, left, slowestProbeMs, ownDelayMs }: Outcome) =>
  `p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}; ${refused} refused (p50 ${ms(refusedP50Ms)}, p99 ${ms(refusedP99Ms)}), ${left} gave up; slowest probe ${ms(slowestProbeMs)}; clients late by ${ms(ownDelayMs)}`;

/** The workers catch up. */
const rest = () => new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1_000));
