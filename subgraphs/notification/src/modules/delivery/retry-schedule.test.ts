import { DeliveryFailure } from '../../adapters/channel-adapter.ts';
import { readSettings } from '@flowmesh/platform/config';
import { deliverySettings } from '../../notification-config.ts';
import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { look, sent } from '../../testing/operations.ts';
import { DELIVERED, ScriptedAdapter } from '../../testing/scripted-adapter.ts';
import { RetrySchedule } from './retry-schedule.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Standard Webhooks 1.0, "Deliverability and reliability": ten attempts within some three days. */
const STANDARD = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
const schedule = readSettings(deliverySettings, {}).retryScheduleMs;

test('the waits are those of Standard Webhooks, spread by 10 % to both sides, and none longer', () => {
  expect(schedule).toEqual(STANDARD);
  for (const [index, wait] of STANDARD.entries()) {
    const drawn = Array.from({ length: 1_000 }, (_, draw) =>
      new RetrySchedule(schedule, () => draw / 999).waitMs(index + 1)!,
    );
    expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([wait * 0.9, wait * 1.1].map(Math.round));
    const mean = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
    expect(mean / wait).toBeCloseTo(1, 3);
  }
  expect(new RetrySchedule(schedule).waitMs(STANDARD.length + 1)).toBeNull();
});

test('what a receiver asks for counts when it is longer, up to a day', () => {
  const exact = new RetrySchedule(schedule, () => 0.5);
  expect(exact.waitMs(1, 2 * SECOND)).toBe(5 * SECOND);
  expect(exact.waitMs(1, 7 * MINUTE)).toBe(7 * MINUTE);
  expect(exact.waitMs(1, 1_000 * HOUR)).toBe(24 * HOUR);
});

describe('the engine, with the clock put forward', () => {
  const ada = userOf('ada');
  let tested: NotificationUnderTest;
  let running: NotificationProcess;
  beforeAll(async () => {
    tested = await prepareNotifications();
    const away = new DeliveryFailure('HTTP 503', { code: 'HTTP_STATUS', retryable: true });
    const adapter = new ScriptedAdapter('WEBHOOK', 'SCRIPTED', ({ recipient }) =>
      recipient === 'down' ? away : DELIVERED,
    );
    await tested.provider({ channel: 'WEBHOOK', provider: 'SCRIPTED' });
    running = await tested.process({ adapters: [adapter] });
  });
  afterAll(() => tested?.stop());

  test('waits between attempts are within 20 % of the schedule, to the last; then it fails', async () => {
    const id = await sent(running, ada, { recipient: 'down' });
    const waits: number[] = [];
    for (const [index] of STANDARD.entries()) {
      const failed = await until(`attempt ${index + 1} has failed`, async () => {
        const { rows } = await tested.pool.query<{ waitMs: number }>(
          `select (extract(epoch from available_at - updated_at) * 1000)::float8 as "waitMs" from notifications
           where id = $1 and status = 'QUEUED' and retry_count = $2`,
          [id, index + 1],
        );
        return rows[0];
      });
      waits.push(failed.waitMs);
      // As if the time had passed; another message of the channel has the worker look.
      await tested.pool.query('update notifications set available_at = now() where id = $1', [id]);
      await sent(running, ada, { recipient: 'fine' });
    }
    const ended = await until('it is given up', async () => {
      const found = await look(running, ada, id);
      return found?.status === 'FAILED' ? found : null;
    });
    expect(ended).toMatchObject({ attempts: 10, retryCount: 9 });
    expect(waits.map((wait, index) => Math.abs(wait / STANDARD[index]! - 1) <= 0.2)).toEqual(STANDARD.map(() => true));
    // Spread, that is: not all of them at the same place.
    expect(new Set(waits.map((wait, index) => Math.round((wait / STANDARD[index]!) * 1_000))).size).toBeGreaterThan(3);
  });
});
