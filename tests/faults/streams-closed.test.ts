import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Child } from '../harness/child.ts';
import { sql } from '../harness/databases.ts';
import { connectionsLeft, sendAll, type HostileCase, type Leaving } from '../harness/hostile/raw-line.ts';
import { leftStream, openStreams, STREAM_KINDS } from '../harness/hostile/streams.ts';
import { eventSubscribers } from '../harness/metrics.ts';
import { startProduct } from '../harness/product.ts';
import type { ProductAddress } from '../harness/test-config.ts';
import { startTopology } from '../harness/topology.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser } from '../harness/users.ts';

interface Installation extends ProductAddress {
  readonly edge: Child;
  /** Addresses of all processes that listen to events. */
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

const MOMENTS = [0, 1, 2, 5, 10, 20, 50, 'first result'] as const;
const LEAVING: readonly Leaving[] = ['close', 'reset', 'half-close'];
const TIMES = 3;
const SUBSCRIPTIONS = [
  'subscription { agentEvents { cursor } }',
  'subscription { workflowExecutionEvents { cursor execution { id } } }',
  'subscription { notificationEvents { cursor } }',
];

const installations: Readonly<Record<string, () => Promise<Installation>>> = {
  'in one process': async () => {
    const product = await startProduct();
    return { ...product, edge: product.child, urls: [product.url] };
  },
  'in many processes': async () => {
    const topology = await startTopology();
    const { gateway, subgraphUrls, workerUrls } = topology;
    return { ...topology, edge: gateway, urls: [...Object.values(subgraphUrls), ...workerUrls] };
  },
};

/** For `until`, which tells what it found last. */
function is(count: number, right: (count: number) => boolean): true {
  if (!right(count)) throw new Error(`${count} of them`);
  return true;
}

describe.each(Object.keys(installations))('%s', (name) => {
  let installation: Installation;
  let token: string;
  let port: number;
  beforeAll(async () => {
    installation = await installations[name]!();
    token = (await makeUser(installation)).accessToken;
    port = Number(new URL(installation.url).port);
  }, 120_000);
  afterAll(() => installation?.stop());

  /** Errors in the log of the process that clients are connected to, behind a place in it. */
  const errors = (from: number) =>
    installation.edge.log
      .slice(from)
      .split('\n')
      .filter((line) => /MaxListenersExceeded|"level":[56]0/.test(line));

  const subscribers = async () => {
    const counts = await Promise.all(installation.urls.map(eventSubscribers));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  /** Connections of the product to its databases. */
  const sessions = async (): Promise<number> => {
    const [row] = await sql<{ count: number }>(
      installation,
      'auth',
      `select count(*)::int as count from pg_stat_activity where datname like $1 and pid <> pg_backend_pid()`,
      [`${installation.databasePrefix}\\_%`],
    );
    return row!.count;
  };

  const everyMoment = (): HostileCase[] =>
    STREAM_KINDS.flatMap((kind) =>
      MOMENTS.flatMap((left) =>
        LEAVING.flatMap((leaving) =>
          Array.from({ length: TIMES }, (_, index) =>
            leftStream(kind, { query: SUBSCRIPTIONS[index % SUBSCRIPTIONS.length]!, token, leaving, left }),
          ),
        ),
      ),
    );

  test('nothing is left of subscriptions, whenever and however their clients left', async () => {
    const logged = installation.edge.log.length;
    const subscribed = await subscribers();
    const open = await openStreams(port, SUBSCRIPTIONS[0]!, token);
    await until('they subscribe', async () => (await subscribers()) > subscribed);
    for (const leave of open) leave();
    await until('nobody subscribes', async () => (await subscribers()) === subscribed);
    // Pools fill up in the first rounds; what is left of streams would be more with every one.
    const counts: number[] = [];
    while (counts.length < 2 || (counts.at(-1)! > counts.at(-2)! && counts.length < 5)) {
      const ports = await sendAll(port, everyMoment());
      await until('no connection is left', () => connectionsLeft(port, ports) === 0);
      await until(`${subscribed} subscribers, as before`, async () =>
        is(await subscribers(), (count) => count === subscribed),
      );
      counts.push(await sessions());
    }
    expect(counts.at(-1)).toBeLessThanOrEqual(counts.at(-2)!);
    expect(errors(logged)).toEqual([]);
  }, 60_000);

  test('open subscriptions do not keep the process from stopping, and leave nothing in the database', async () => {
    const logged = installation.edge.log.length;
    const subscribed = await subscribers();
    const open = await openStreams(port, SUBSCRIPTIONS[1]!, token);
    await until('they subscribe', async () => (await subscribers()) > subscribed);
    const begun = performance.now();
    expect(await installation.edge.stop('SIGTERM')).toBe(0);
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(errors(logged)).toEqual([]);
    for (const leave of open) leave();
    if (installation.urls.length === 1) {
      await until('no database session is left', async () => (await sessions()) === 0);
    } else {
      await until('nobody subscribes', async () => (await subscribers()) === subscribed);
    }
  }, 60_000);
});
