import { afterEach, expect, test } from '@jest/globals';
import { until } from '@flowmesh/platform/testing';
import { startSmtpDouble, type SmtpDouble } from '../../subgraphs/notification/src/testing/doubles/smtp-double.ts';
import { sql } from '../harness/databases.ts';
import { mailIntegration } from '../harness/integrations.ts';
import { configureChannel, makeSender, sendNotifications } from '../harness/notifications.ts';
import { startTopology, type Topology } from '../harness/topology.ts';
import { administrator } from '../harness/users.ts';

const NOTIFICATIONS = 200;
/** Received before each kill, and again after it. */
const BETWEEN = 30;

let topology: Topology | undefined;
let server: SmtpDouble | undefined;

afterEach(async () => {
  await topology?.stop();
  await server?.stop();
});

test('200 mails arrive through an integration while the sender and the integration service are killed; repeats have the same id', async () => {
  topology = await startTopology({ domains: ['auth', 'notification', 'integration'] });
  server = await startSmtpDouble();
  const { received } = server;
  const admin = await administrator(topology);
  const integrationId = await mailIntegration(admin.graph, server, { maxConcurrency: 4 });
  await configureChannel(topology, { channel: 'EMAIL', integration: { integrationId } });
  const [sender] = topology.workers.filter(({ logFile }) => logFile.includes('notification-'));
  await sender!.kill();
  const user = await makeSender(topology);
  const inputs = Array.from({ length: NOTIFICATIONS }, (_, index) => ({
    channel: 'EMAIL',
    recipient: `user-${index}@example.com`,
    subject: 'Hi',
    content: `number ${index}`,
  }));
  const ids = await sendNotifications(user.graph, inputs);
  const more = (what: string) => {
    const before = received.length;
    return until(what, () => received.length >= before + BETWEEN, { timeoutMs: 60_000 });
  };

  const worker = await topology.startWorker('notification');
  await more('some arrive');
  await worker.kill();
  await topology.startWorker('notification');
  await more('some arrive after the sender was killed');
  await topology.apis.integration.kill();
  const away = performance.now();
  await topology.startApi('integration');
  await more('some arrive after the integration service was killed');
  const backMs = performance.now() - away;

  const unfinished = `select count(*)::int as count from notifications where status <> 'DELIVERED'`;
  await until(
    'all are delivered',
    async () => (await sql<{ count: number }>(topology!, 'notification', unfinished))[0]?.count === 0,
    {
      timeoutMs: 90_000,
      everyMs: 250,
    },
  );
  const messageIds = received.map(({ mail }) => mail.messageId);
  expect(new Set(messageIds)).toEqual(new Set(ids.map((id) => `<${id}@example.org>`)));
  // One copy for each attempt that was under way when one of the two was killed, at most.
  expect(messageIds.length - NOTIFICATIONS).toBeLessThanOrEqual(2 * 64 + 4);
  // A service of the product that is away uses up no attempts: otherwise the second one comes after five seconds.
  const log = await sql<{ status: string; count: number }>(
    topology,
    'notification',
    `select status::text, count(*)::int as count from delivery_logs where status <> 'LOST' group by 1`,
  );
  expect(log).toEqual([{ status: 'DELIVERED', count: NOTIFICATIONS }]);
  expect(backMs).toBeLessThan(60_000);
}, 240_000);
