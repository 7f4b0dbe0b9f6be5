// Clients in a process of their own, so that they are not what is measured. Asks one operation, in one way, and says what came of it.
import { Agent, request } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { percentile } from './load.ts';

export interface Settings {
  readonly url: string;
  readonly accessToken: string;
  readonly body: string;
  readonly seconds: number;
  /** As many clients as this, each waiting for its answer before it asks again. */
  readonly clients?: number;
  /** So many requests a second, whether answers come or not. */
  readonly perSecond?: number;
  /** Kept and opened before the time begins; 0: a new one for each request. */
  readonly connections: number;
}

export interface Outcome {
  readonly perSecond: number;
  readonly refused: number;
  /** Clients that had no answer in time. */
  readonly left: number;
  /** Null where nobody was answered so. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly refusedP50Ms: number | null;
  readonly refusedP99Ms: number | null;
  readonly slowestProbeMs: number;
  /** How late the clients themselves were, at most times: below it nothing can be said. */
  readonly ownDelayMs: number;
}

/** A client that has no answer by then leaves. */
const PATIENCE_MS = 5_000;
const PROBE_EVERY_MS = 200;

const settings = JSON.parse(process.argv[2]!) as Settings;
const kept = settings.connections > 0;
const agent = kept && new Agent({ keepAlive: true, maxSockets: settings.connections });
const headers = { 'content-type': 'application/json', authorization: `Bearer ${settings.accessToken}` };

/** The status and how long it took; 0 when there was none in time. */
function ask(path: string, options: { readonly agent: Agent | false; readonly body?: string }) {
  const begun = performance.now();
  return new Promise<{ status: number; ms: number }>((resolve) => {
    const done = (status: number) => resolve({ status, ms: performance.now() - begun });
    const method = options.body ? 'POST' : 'GET';
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const asked = request(`${settings.url}${path}`, {
      method,
      agent: options.agent,
      signal,
      ...(options.body && { headers }),
    });
    asked.once('error', () => done(0));
    asked.once('response', (answer) => {
      answer.resume();
      answer.once('error', () => done(0));
      answer.once('end', () => done(answer.statusCode ?? 0));
    });
    asked.end(options.body);
  });
}

const askGraph = () => ask('/graphql', { agent, body: settings.body });

async function closedLoop(clients: number, end: number) {
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  const client = async () => {
    while (performance.now() < end) answers.push(await askGraph());
  };
  await Promise.all(Array.from({ length: clients }, client));
  return answers;
}

async function openLoop(perSecond: number, begun: number, end: number) {
  const asked: ReturnType<typeof ask>[] = [];
  while (performance.now() < end) {
    const due = ((performance.now() - begun) / 1_000) * perSecond;
    while (asked.length < due) asked.push(askGraph());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return Promise.all(asked);
}

async function probe(end: number): Promise<number> {
  let slowest = 0;
  while (performance.now() < end) {
    // As a load balancer does it: on a connection of its own.
    slowest = Math.max(slowest, (await ask('/health/live', { agent: false })).ms);
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  return slowest;
}

if (agent) await Promise.all(Array.from({ length: settings.connections }, () => ask('/health/live', { agent })));
process.send?.('ready');
const own = monitorEventLoopDelay({ resolution: 1 });
own.enable();
const begun = performance.now();
const end = begun + settings.seconds * 1_000;
const [slowestProbeMs, answers] = await Promise.all([
  probe(end),
  settings.clients ? closedLoop(settings.clients, end) : openLoop(settings.perSecond ?? 0, begun, end),
]);
const timesOf = (wanted: number) => answers.filter(({ status }) => status === wanted).map(({ ms }) => ms);
const timeOf = (times: readonly number[], share: number) => (times.length > 0 ? percentile(times, share) : null);
const served = timesOf(200);
const refused = timesOf(503);
const outcome: Outcome = {
  perSecond: served.length / settings.seconds,
  refused: refused.length,
  left: answers.length - served.length - refused.length,
  p50Ms: timeOf(served, 0.5),
  p99Ms: timeOf(served, 0.99),
  refusedP50Ms: timeOf(refused, 0.5),
  refusedP99Ms: timeOf(refused, 0.99),
  slowestProbeMs,
  ownDelayMs: own.percentile(99) / 1e6,
};
process.send?.(outcome, () => process.exit(0));
