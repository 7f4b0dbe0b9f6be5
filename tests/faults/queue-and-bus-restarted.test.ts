import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { sql } from '../harness/databases.ts';
import {
  agentStep,
  createWorkflow,
  executeWorkflow,
  executionEnds,
  registerAgent,
  transformStep,
} from '../harness/fixtures.ts';
import { sendNotifications } from '../harness/notifications.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { redisIsAvailable } from '../harness/redis.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { until } from '@flowmesh/platform/testing';
import { makeUser, type TestUser } from '../harness/users.ts';

const logger = createLogger({ level: 'warn', name: 'tests' });
/** What a consumer that stands still leaves to the sweeper takes 5 s and more; what it hears takes a tenth of a second. */
const PACE_MS = 2_500;
/** Several times what it takes: a hint is waited for a quarter of a second, at most twice. */
const SOON_MS = 2_000;

describe.each(redisIsAvailable() ? (['postgres', 'redis'] as const) : (['postgres'] as const))('on %s', (backend) => {
  const folder = mkdtempSync(join(tmpdir(), 'flowmesh-consumers-'));
  let server: EmbeddedPostgres;
  let line: TcpProxy;
  let product: Product;
  let user: TestUser;
  let asksAgent: string;
  let fails: string;
  const port = () => Number(new URL(server.url).port);

  beforeAll(async () => {
    server = await startEmbeddedPostgres({ dataDir: folder, logger });
    line = await TcpProxy.start(port());
    const url = new URL(server.url);
    url.port = String(line.port);
    product = await startProduct({ databaseUrl: url.href, backend });
    user = await makeUser(product);
    asksAgent = await createWorkflow(user.graph, { steps: [agentStep('ask', await registerAgent(user.graph))] });
    fails = await createWorkflow(user.graph, { steps: [transformStep('fail', '$error("as it should")')] });
  });
  afterAll(async () => {
    await product?.stop();
    await line?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ready = () =>
    until(
      'ready, with every consumer up',
      async () => {
        const response = await fetch(`${product.url}/health/ready`);
        const { status, checks } = (await response.json()) as {
          status: string;
          checks: { name: string; behindSeconds?: number }[];
        };
        return status === 'ready' ? checks.filter(({ name }) => name.includes('consumer')) : null;
      },
      { timeoutMs: 30_000 },
    );
  const execute = async () => executionEnds(user.graph, await executeWorkflow(user.graph, asksAgent), 20_000);

  /** Each of the consumers at its work. */
  async function assertPace(): Promise<void> {
    expect((await ready()).map(({ name }) => name).sort()).toEqual([
      'auth: consumer audit',
      'integration: consumer integration-dependents',
      'notification: consumer notification',
      'notification: consumer notification-budgets',
      'notification: consumer notification-deleted-users',
      'workflow: consumer workflow',
      'workflow: consumer workflow-costs',
      'workflow: consumer workflow-event-waits',
      'workflow: consumer workflow-triggers',
    ]);
    // They come back one after the other while this one ends.
    expect((await execute()).status).toBe('COMPLETED');
    // A busy machine makes one or another late; a consumer that stands still makes all of them late, for ever.
    let inTime = 0;
    await until(
      'three executions in a row at their pace',
      async () => {
        const begun = performance.now();
        expect((await execute()).status).toBe('COMPLETED');
        inTime = performance.now() - begun < PACE_MS ? inTime + 1 : 0;
        return inTime === 3;
      },
      { timeoutMs: 45_000 },
    );

    const executionId = await executeWorkflow(user.graph, fails);
    expect((await executionEnds(user.graph, executionId)).status).toBe('FAILED');
    await until(
      'its owner is told of the failure',
      async () => {
        const query = '{ inbox(filter: { category: "workflow-failure" }) { nodes { metadata } } }';
        const { inbox } = await user.graph.query<{
          inbox: { nodes: readonly { metadata: { workflowExecutionId: string } }[] };
        }>(query);
        return inbox.nodes.some(({ metadata }) => metadata.workflowExecutionId === executionId);
      },
      { timeoutMs: 2 * PACE_MS },
    );

    const leaving = await makeUser(product);
    const settingsOf = () =>
      sql(product, 'notification', 'select 1 from notification_preferences where user_id = $1', [leaving.id]);
    await leaving.graph.mutate(
      'mutation P($input: UpdateNotificationPreferencesInput!) { updateNotificationPreferences(input: $input) { __typename } }',
      { input: { rules: [{ channel: 'IN_APP', category: 'news', isEnabled: false }] } },
    );
    expect(await settingsOf()).toHaveLength(1);
    await leaving.graph.mutate('mutation D($input: DeleteUserInput!) { deleteUser(input: $input) { __typename } }', {
      input: { currentPassword: leaving.password },
    });
    await until('they are forgotten', async () => (await settingsOf()).length === 0, { timeoutMs: 2 * PACE_MS });
    const metrics = await (await fetch(`${product.url}/metrics`)).text();
    for (const group of ['workflow', 'notification', 'notification-budgets', 'notification-deleted-users']) {
      expect(metrics).toMatch(new RegExp(`^events_consumer_behind_seconds\\{group="${group}"\\} [\\d.e-]+$`, 'm'));
    }
  }

  test('consumers keep their pace after PostgreSQL was restarted', async () => {
    line.cut();
    await server.stop();
    server = await startEmbeddedPostgres({ dataDir: folder, logger });
    line.restore(port());
    await assertPace();
  }, 120_000);

  test('consumers keep their pace after the connections to PostgreSQL broke for a moment', async () => {
    line.cut();
    line.restore(port());
    await assertPace();
  }, 120_000);

  if (backend === 'redis') {
    test('consumers keep their pace after Redis was restarted, again and again', async () => {
      for (let count = 0; count < 3; count++) {
        await product.redis!.restart();
        await assertPace();
      }
    }, 180_000);

    test('work is accepted while Redis is silent, without waiting for it, and done when it is back', async () => {
      const soon = async <T>(what: string, work: () => Promise<T>) => {
        const begun = performance.now();
        const result = await work();
        expect([what, performance.now() - begun < SOON_MS]).toEqual([what, true]);
        return result;
      };
      const agentId = await registerAgent(user.graph);
      await product.redis!.freeze();
      const execution = await soon('executeWorkflow', () => executeWorkflow(user.graph, asksAgent));
      const [notification] = await soon('sendNotification', () =>
        sendNotifications(user.graph, [{ channel: 'IN_APP', subject: 'Hello', content: 'Hello' }]),
      );
      const agent = await soon('executeAgent', () =>
        user.graph.mutate<{ execution: { id: string } }>(
          'mutation E($input: ExecuteAgentInput!) { executeAgent(input: $input) { ... on ExecuteAgentSuccess { execution { id } } } }',
          { input: { agentId, input: {} } },
        ),
      );
      await product.redis!.thaw();

      expect((await executionEnds(user.graph, execution, 30_000)).status).toBe('COMPLETED');
      await until('all is done', async () => {
        const { sent, executed } = await user.graph.query<Record<'sent' | 'executed', { status: string }>>(
          'query S($n: ID!, $e: ID!) { sent: notification(id: $n) { status } executed: agentExecution(id: $e) { status } }',
          { n: notification, e: agent.execution.id },
        );
        return sent.status === 'DELIVERED' && executed.status === 'COMPLETED';
      });
    }, 90_000);
  }
});
