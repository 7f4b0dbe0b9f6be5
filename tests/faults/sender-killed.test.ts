import { afterEach, expect, test } from '@jest/globals';
import { sql } from '../harness/databases.ts';
import { configureWebhooks, makeSender, sendNotifications, WebhookReceiver } from '../harness/notifications.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { until } from '@flowmesh/platform/testing';

const NOTIFICATIONS = 1_000;
const KILLS = 10;
/** Received between two kills, at least. */
const BETWEEN = 40;
/** So that some are under way at each kill. */
const ANSWER_AFTER_MS = 50;

let topology: Topology | undefined;
let receiver: WebhookReceiver | undefined;

afterEach(async () => {
  await topology?.stop();
  await receiver?.stop();
});

test('1,000 notifications arrive while their sender is killed ten times; repeats have the same id and content', async () => {
  topology = await startTopology({ domains: ['auth', 'notification'] });
  receiver = await WebhookReceiver.start(() => ({ status: 204, afterMs: ANSWER_AFTER_MS }));
  const { received, url } = receiver;
  // No worker yet: the first one is killed as the others are.
  await Promise.all(topology.workers.map((worker) => worker.kill()));
  await configureWebhooks(topology);
  const user = await makeSender(topology);
  const inputs = Array.from({ length: NOTIFICATIONS }, (_, index) => ({
    channel: 'WEBHOOK',
    recipient: `${url}/hooks/${index % 7}`,
    content: `number ${index}`,
  }));
  const ids = await sendNotifications(user.graph, inputs);

  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = received.length;
    const worker = await topology.startWorker('notification');
    await until(`some arrive before kill ${kill + 1}`, () => received.length >= before + BETWEEN, {
      timeoutMs: 60_000,
    });
    await worker.kill();
  }
  const killedAt = new Set(received.map(({ id }) => id)).size;
  await topology.startWorker('notification');
  const unfinished = () =>
    sql<{ count: number }>(
      topology!,
      'notification',
      `select count(*)::int as count from notifications where status <> 'DELIVERED'`,
    );
  await until('all are delivered', async () => (await unfinished())[0]?.count === 0, {
    timeoutMs: 90_000,
    everyMs: 250,
  });

  expect(killedAt).toBeLessThan(NOTIFICATIONS);
  expect(new Set(received.map(({ id }) => id))).toEqual(new Set(ids));
  expect(received.filter(({ verified }) => verified === null)).toEqual([]);
  const bodies = new Map<string, Set<string>>();
  for (const { id, call } of received) bodies.set(id, (bodies.get(id) ?? new Set()).add(`${call.path} ${call.body}`));
  expect([...bodies.values()].filter(({ size }) => size !== 1)).toEqual([]);
  // Each attempt is in the log, the lost ones as lost; nothing was given up or counted as a failure.
  const log = await sql<{ status: string; count: number }>(
    topology,
    'notification',
    'select status::text, count(*)::int as count from delivery_logs group by 1 order by 1',
  );
  const counts = Object.fromEntries(log.map(({ status, count }) => [status, count]));
  expect(Object.keys(counts)).toEqual(['DELIVERED', 'LOST']);
  expect(counts.DELIVERED).toBe(NOTIFICATIONS);
  expect(received.length).toBeLessThanOrEqual(NOTIFICATIONS + counts.LOST!);
}, 240_000);
