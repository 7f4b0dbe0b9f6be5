import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Child } from '../harness/child.ts';
import { DOMAINS } from '../harness/databases.ts';
import { hostileSocket } from '../harness/hostile/frame-bytes.ts';
import { hostileRequest, type Target } from '../harness/hostile/http-bytes.ts';
import { connectionsLeft, sendAll, shown, type HostileCase } from '../harness/hostile/raw-line.ts';
import { eventSubscribers, heapUsed } from '../harness/metrics.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { testSeed, type ProductAddress } from '../harness/test-config.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser } from '../harness/users.ts';

/** A process that listens. */
interface Listener {
  readonly url: string;
  readonly child: Child;
  readonly target: Target;
  /** What its users do, and must be able to do all the time. */
  readonly use: () => Promise<unknown>;
  /** Live subscriptions of the whole installation. */
  readonly subscribers: () => Promise<number>;
}

const seed = testSeed();
const BATCHES = 3;
const BATCH = 150;
/** Many times what an answer takes, and many times less than what a blocked process would. */
const USUAL_MS = 2_000;
/** What the heap may be above its start before it is collected. */
const HEAP_BYTES = 64 * 1_048_576;

let product: Product;
let topology: Topology;
const listeners = new Map<string, Listener>();

const PROBES = ['/health', '/health/ready', '/info', '/metrics'];
const PAGES = [
  '/',
  '/graphql',
  '/graphql',
  '/graphql',
  '/graphiql/index.html',
  '/account/verify-email',
  '/audit/export',
  '/mcp',
  '/a2a',
  '/a2a/agents/x',
];
const SERVICES = [
  '/services/agent/health',
  '/services/notification/callbacks/twilio',
  '/services/notification/links/x',
];

const health = (url: string) => async () => {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(10_000) });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
};

beforeAll(async () => {
  console.info(`hostile bytes: TEST_SEED=${seed}`);
  product = await startProduct();
  topology = await startTopology();
  const { gateway, apis, subgraphUrls, workers, workerUrls } = topology;
  const subscribersAt = (urls: readonly string[]) => async () => {
    const counts = await Promise.all(urls.map(eventSubscribers));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const ofProduct = subscribersAt([product.url]);
  const ofTopology = subscribersAt([...Object.values(subgraphUrls), ...workerUrls]);
  const edge = async (at: ProductAddress, child: Child, subscribers: () => Promise<number>): Promise<Listener> => {
    const [user, hostile] = [await makeUser(at), await makeUser(at)];
    const target = { token: hostile.accessToken, paths: [...PAGES, ...PROBES, ...SERVICES] };
    const use = () => user.graph.query('{ agents(first: 1) { nodes { id } } me { id } }');
    return { url: at.url, child, target, use, subscribers };
  };
  listeners.set('the one process', await edge(product, product.child, ofProduct));
  listeners.set('the gateway', await edge(topology, gateway, ofTopology));
  for (const domain of DOMAINS) {
    const target = { paths: ['/graphql', '/graphql', ...PROBES, '/callbacks/twilio'] };
    const at = subgraphUrls[domain];
    listeners.set(`the graph of ${domain}`, {
      url: at,
      child: apis[domain],
      target,
      use: health(at),
      subscribers: ofTopology,
    });
  }
  for (const [index, child] of workers.entries()) {
    const at = workerUrls[index]!;
    const target = { paths: ['/graphql', ...PROBES] };
    listeners.set(`worker ${index + 1}`, { url: at, child, target, use: health(at), subscribers: ofTopology });
  }
}, 180_000);
afterAll(async () => {
  await product?.stop();
  await topology?.stop();
});

const latencyOf = async (use: Listener['use']) => {
  const begun = performance.now();
  await use();
  return performance.now() - begun;
};

/** Errors in the log behind a place in it. */
const trouble = ({ child }: Listener, from: number) =>
  child.log
    .slice(from)
    .split('\n')
    .filter((line) => /"level":[56]0|uncaught|unhandled|MaxListeners/i.test(line));

/** All that is the same as before, or as good: told together with the cases when it is not. */
async function assertUnharmed(
  listener: Listener,
  before: { readonly pid: number | undefined; readonly log: number },
  batch: readonly HostileCase[],
): Promise<void> {
  const told = () => `\nTEST_SEED=${seed}\n${batch.map(shown).join('\n')}`;
  const { child, use } = listener;
  if (!child.running) throw new Error(`the process has ended:\n${child.log.slice(-3_000)}${told()}`);
  expect(child.process.pid).toBe(before.pid);
  const problems = trouble(listener, before.log);
  if (problems.length > 0) throw new Error(`errors in the log:\n${problems.join('\n').slice(0, 3_000)}${told()}`);
  expect(await latencyOf(use)).toBeLessThan(USUAL_MS);
}

const NAMES = [
  'the one process',
  'the gateway',
  ...DOMAINS.map((domain) => `the graph of ${domain}`),
  ...['worker 1', 'worker 2', 'worker 3'],
];

describe.each(NAMES)('%s', (name) => {
  test.each([
    ['requests', hostileRequest],
    ['sockets', hostileSocket],
  ] as const)(
    'is not harmed by %s',
    async (_what, arbitrary) => {
      const listener = listeners.get(name)!;
      const { url, child, target } = listener;
      const port = Number(new URL(url).port);
      const before = { pid: child.process.pid, log: child.log.length };
      const cases = fc.sample(arbitrary(target), { seed, numRuns: BATCHES * BATCH });
      const batches = Array.from({ length: BATCHES }, (_, index) => cases.slice(index * BATCH, (index + 1) * BATCH));

      const subscribed = await listener.subscribers();
      const [first = [], ...others] = batches;
      const ports = await sendAll(port, first);
      await assertUnharmed(listener, before, first);
      // What is made once and kept was made by the first ones.
      const heap = await heapUsed(url);
      for (const batch of others) {
        for (const used of await sendAll(port, batch)) ports.add(used);
        await assertUnharmed(listener, before, batch);
      }
      await until('all connections are given up', () => connectionsLeft(port, ports) === 0);
      await until(
        `there are ${subscribed} subscribers again`,
        async () => (await listener.subscribers()) === subscribed,
      );
      await until('memory is back', async () => (await heapUsed(url)) < heap + HEAP_BYTES);
    },
    60_000,
  );
});
