import { closeSandbox } from '@flowmesh/platform/sandbox';
import { ServiceAwayError } from '@flowmesh/platform/services';
import type { Pool } from 'pg';
import {
  createEngine,
  ended,
  noAgents,
  noContexts,
  noIntegrations,
  noWorkflows,
  startRequest,
  step,
  storeWorkflow,
} from '../../../testing/engine-harness.ts';
import { createLocalQueues } from '../../../testing/local-queues.ts';
import { startTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import type { NotificationPort, SentNotification } from './notification-port.ts';

/** Notifications in memory: each key sends once, and each look finds the next of these states. */
class Notifications implements NotificationPort {
  readonly sent = new Map<string, string>();
  /** Calls that are done and whose answer is lost. */
  lost = 0;

  constructor(private readonly states: string[]) {}

  async send(_sender: unknown, _message: unknown, key: string): Promise<SentNotification> {
    this.sent.set(key, this.sent.get(key) ?? `n${this.sent.size + 1}`);
    if (this.lost > 0) {
      this.lost -= 1;
      throw new ServiceAwayError('notification', false);
    }
    const status = this.states.length > 1 ? this.states.shift()! : this.states[0]!;
    return { id: String(this.sent.get(key)), status, problem: status === 'FAILED' ? 'no such mailbox' : null };
  }
}

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await startTestDatabase();
  pool = database.pool;
}, 60_000);
afterAll(async () => {
  await closeSandbox();
  await database.stop();
});

async function run(notifications: Notifications, config: object, timeoutSeconds = 300) {
  const queues = createLocalQueues();
  const { engine, work } = createEngine(
    pool,
    queues,
    noAgents,
    900_000,
    noContexts,
    noWorkflows,
    noIntegrations,
    notifications,
  );
  const worker = await work();
  const notify = { channel: 'IN_APP', content: 'Hello', ...config };
  const definition = await storeWorkflow(pool, [
    step('notify', { stepType: 'NOTIFICATION', config: notify, timeoutSeconds }),
  ]);
  const { id } = await engine.start(startRequest(definition));
  const execution = await ended(pool, id);
  await worker.stop();
  const { rows } = await pool.query(
    'select step_id, notification_id from workflow_step_notifications where execution_id = $1',
    [id],
  );
  return { id, execution, rows };
}

test('answers that are lost do not send again, and the notification is noted once', async () => {
  const notifications = new Notifications(['PENDING', 'SENT']);
  notifications.lost = 2;
  const { id, execution, rows } = await run(notifications, { waitFor: 'SENT' });
  expect(execution).toMatchObject({ status: 'COMPLETED', result: { notificationId: 'n1', status: 'SENT' } });
  expect([...notifications.sent]).toEqual([[`${id}:notify:1`, 'n1']]);
  expect(rows).toEqual([{ step_id: 'notify', notification_id: 'n1' }]);
});

test('a notification that is given up fails the step; one that takes too long does, too', async () => {
  const failed = await run(new Notifications(['QUEUED', 'FAILED']), { waitFor: 'SENT' });
  expect(failed.execution).toMatchObject({
    error: { code: 'NOTIFICATION_FAILED', message: 'The notification n1 is FAILED: no such mailbox' },
  });
  const late = await run(new Notifications(['QUEUED']), { waitFor: 'SENT' }, 1);
  expect(late.execution).toMatchObject({ error: { code: 'TIMEOUT' } });
  const unwaited = await run(new Notifications(['QUEUED']), {});
  expect(unwaited.execution).toMatchObject({ result: { notificationId: 'n1', status: 'QUEUED' } });
});
