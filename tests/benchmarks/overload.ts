import { Pool } from 'undici';
import { createWorkflow, EXECUTE_WORKFLOW, transformStep } from '../harness/fixtures.ts';
import { startProduct } from '../harness/product.ts';
import { administrator } from '../harness/users.ts';
import { percentile } from './load.ts';
import { printTable } from './table.ts';

const CLIENTS = 16;
/** Twice as many as may be in flight or wait. */
const CONNECTIONS = 400;
const SECONDS = 8;
const REST_SECONDS = 5;
/** A client that has no answer by then leaves. */
const PATIENCE_MS = 5_000;
const TIMES = 5;

interface Outcome {
  readonly perSecond: number;
  readonly refused: number;
  readonly left: number;
  readonly p99Ms: number;
  readonly refusedP99Ms: number;
  readonly probeMs: number;
}

/** What is served at the limit, by clients that wait for their answers, and at five times as much, by clients that do not. */
export async function benchmarkOverload(databaseUrl: string): Promise<void> {
  const product = await startProduct({ databaseUrl, env: { NODE_ENV: 'production', LOG_LEVEL: 'warn' } });
  try {
    const { graph, accessToken } = await administrator(product);
    const workflowId = await createWorkflow(graph, { steps: [transformStep('one', '1')] });
    const pool = new Pool(product.url, { connections: CONNECTIONS });
    // Opening connections takes the clients more than asking does.
    const open = () => pool.request({ method: 'GET', path: '/health' }).then(({ body: answer }) => answer.dump());
    await Promise.all(Array.from({ length: CONNECTIONS }, open));
    const body = JSON.stringify({ query: EXECUTE_WORKFLOW, variables: { input: { workflowId } } });
    const ask = async () => {
      const begun = performance.now();
      const status = await pool
        .request({
          method: 'POST',
          path: '/graphql',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
          body,
          signal: AbortSignal.timeout(PATIENCE_MS),
        })
        .then(async (answer) => {
          await answer.body.dump();
          return answer.statusCode;
        })
        .catch(() => 0);
      return { status, ms: performance.now() - begun };
    };
    await closedLoop(ask, 3);
    const limit = await closedLoop(ask, SECONDS);
    await rest();
    const over = await openLoop(ask, limit * TIMES, product.url);
    const note = ({ refused, left, p99Ms, refusedP99Ms, probeMs }: Outcome) =>
      `${refused} refused (p99 ${refusedP99Ms.toFixed(0)} ms), ${left} gave up, p99 ${p99Ms.toFixed(0)} ms, slowest probe ${probeMs.toFixed(0)} ms`;
    printTable('Executions accepted under overload', '/s', [
      { name: `at the limit (${CLIENTS} clients)`, value: limit },
      { name: `asked ${TIMES} times as much`, value: over.perSecond, note: note(over) },
    ]);
    await pool.destroy();
  } finally {
    await product.stop();
  }
}

type Ask = () => Promise<{ readonly status: number; readonly ms: number }>;

async function closedLoop(ask: Ask, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let served = 0;
  const client = async () => {
    while (performance.now() < end) if ((await ask()).status === 200) served += 1;
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return served / seconds;
}

async function openLoop(ask: Ask, perSecond: number, url: string): Promise<Outcome> {
  const asked: ReturnType<Ask>[] = [];
  let probeMs = 0;
  const begun = performance.now();
  let probing = true;
  const probes = (async () => {
    while (probing) {
      const at = performance.now();
      await (await fetch(`${url}/health`)).arrayBuffer();
      probeMs = Math.max(probeMs, performance.now() - at);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  for (let due = 0; due < perSecond * SECONDS; due = ((performance.now() - begun) / 1_000) * perSecond) {
    while (asked.length < due) asked.push(ask());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const seconds = (performance.now() - begun) / 1_000;
  const answers = await Promise.all(asked);
  probing = false;
  await probes;
  const timesOf = (wanted: number) => answers.filter(({ status }) => status === wanted).map(({ ms }) => ms);
  return {
    perSecond: timesOf(200).length / seconds,
    refused: timesOf(503).length,
    left: timesOf(0).length,
    p99Ms: percentile(timesOf(200), 0.99),
    refusedP99Ms: percentile(timesOf(503), 0.99),
    probeMs,
  };
}

/** The workers catch up. */
const rest = () => new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1_000));
