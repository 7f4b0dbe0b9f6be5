import { isDeepStrictEqual } from 'node:util';
import { DeliveryFailure, type SendResult } from '../../adapters/channel-adapter.ts';
import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { look, sent } from '../../testing/operations.ts';
import { DELIVERED, ScriptedAdapter, type Answer } from '../../testing/scripted-adapter.ts';

const ada = userOf('ada');

let tested: NotificationUnderTest;

beforeEach(async () => {
  tested = await prepareNotifications();
});

afterEach(async () => {
  await tested?.stop();
});

const delivered = (process: NotificationProcess, id: string) =>
  until(`${id} is delivered`, async () => {
    const found = await look(process, ada, id);
    return found?.status === 'DELIVERED' ? found : null;
  });

/** Two processes that send through the same adapter, so that what all of them do is seen together. */
async function twoProcesses(...adapters: ScriptedAdapter[]) {
  return [await tested.process({ adapters }), await tested.process({ adapters })] as const;
}

const sendAll = (process: NotificationProcess, count: number, input: object) =>
  Promise.all(Array.from({ length: count }, () => sent(process, ada, input)));

/** As if so many seconds had passed for the limits. */
const letTimePass = (seconds: number) => tested.pool.query('update rate_windows set second = second - $1', [seconds]);

test('a channel sends as many a minute as it may, in all processes together, and goes on by itself', async () => {
  const adapter = new ScriptedAdapter('WEBHOOK', 'SCRIPTED');
  await tested.provider({ channel: 'WEBHOOK', provider: 'SCRIPTED', rateLimitPerMinute: 5 });
  const [one, two] = await twoProcesses(adapter);
  const ids = (await Promise.all([sendAll(one, 6, { recipient: 'a' }), sendAll(two, 6, { recipient: 'b' })])).flat();
  await until('five are sent', () => adapter.messages.length === 5);
  // Whoever could send one too many has had several turns by then.
  await until('the sweeper has looked again', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    return true;
  });
  expect(adapter.messages).toHaveLength(5);
  const states = await tested.pool.query<{ status: string; count: number }>(
    'select status::text, count(*)::int as count from notifications group by 1 order by 1',
  );
  expect(states.rows).toEqual([
    { status: 'DELIVERED', count: 5 },
    { status: 'QUEUED', count: 7 },
  ]);
  await letTimePass(61);
  await until('five more', () => adapter.messages.length === 10);
  await letTimePass(61);
  for (const id of ids) await delivered(one, id);
  expect(new Set(adapter.messages.map(({ notificationId }) => notificationId)).size).toBe(12);
});

test('a recipient gets as many a minute as it may, and does not hold up the others', async () => {
  const adapter = new ScriptedAdapter('WEBHOOK', 'SCRIPTED');
  await tested.provider({ channel: 'WEBHOOK', provider: 'SCRIPTED', recipientRateLimitPerMinute: 2 });
  const [one] = await twoProcesses(adapter);
  const busy = await sendAll(one, 5, { recipient: 'busy' });
  const calm = await sendAll(one, 2, { recipient: 'calm' });
  for (const id of calm) await delivered(one, id);
  await until('two to the busy one', () => adapter.to('busy').length === 2);
  const waiting = await tested.pool.query<{ waits: number }>(
    `select extract(epoch from min(available_at) - now())::float8 as waits from notifications where status = 'QUEUED'`,
  );
  expect(waiting.rows[0]?.waits).toBeGreaterThan(30);
  expect(adapter.to('busy')).toHaveLength(2);
  for (let round = 0; round < 2; round += 1) {
    await letTimePass(61);
    await tested.pool.query(`update notifications set available_at = now() where status = 'QUEUED'`);
    await until('the next two', () => adapter.to('busy').length === Math.min(5, 4 + round));
  }
  for (const id of busy) await delivered(one, id);
});

test('the more urgent goes first', async () => {
  const order: (string | null)[] = [];
  const adapter = new ScriptedAdapter('WEBHOOK', 'SCRIPTED', ({ subject }) => {
    order.push(subject);
    return DELIVERED;
  });
  await tested.provider({ channel: 'WEBHOOK', provider: 'SCRIPTED', rateLimitPerMinute: 1 });
  const accepting = await tested.process({ adapters: [adapter] }, { worker: false });
  for (const priority of ['LOW', 'NORMAL', 'CRITICAL', 'HIGH']) {
    await sent(accepting, ada, { recipient: 'x', subject: priority, priority });
  }
  await tested.process({ adapters: [adapter] });
  for (let count = 1; count <= 4; count += 1) {
    await until(`message ${count}`, () => order.length === count);
    await letTimePass(61);
  }
  expect(order).toEqual(['CRITICAL', 'HIGH', 'NORMAL', 'LOW']);
});

const BROKEN = new DeliveryFailure('503 from the provider', { code: 'PROVIDER', retryable: true, blame: 'provider' });

/** A channel with a first provider that a test may break, and a second one. */
async function withSecondProvider() {
  const state = { answer: BROKEN as Answer };
  const first = new ScriptedAdapter('WEBHOOK', 'FIRST', () => state.answer);
  const second = new ScriptedAdapter('WEBHOOK', 'SECOND');
  const firstId = await tested.provider({ channel: 'WEBHOOK', provider: 'FIRST', position: 1 });
  await tested.provider({ channel: 'WEBHOOK', provider: 'SECOND', position: 2 });
  const [one, two] = await twoProcesses(first, second);
  return { state, first, second, firstId, one, two };
}

test('when a provider fails the next one takes over within the attempt, and the log tells', async () => {
  const { first, second, one } = await withSecondProvider();
  const found = await delivered(one, await sent(one, ada, { recipient: 'x' }));
  expect(found).toMatchObject({
    attempts: 1,
    error: null,
    deliveries: [
      { attempt: 1, position: 1, provider: 'FIRST', status: 'FAILED', error: { code: 'PROVIDER' } },
      { attempt: 1, position: 2, provider: 'SECOND', status: 'DELIVERED', error: null },
    ],
  });
  expect([first.messages.length, second.messages.length]).toEqual([1, 1]);
  expect(second.messages[0]?.notificationId).toBe(first.messages[0]?.notificationId);
});

test('a recipient that refuses is not tried through another provider', async () => {
  const { state, second, one } = await withSecondProvider();
  state.answer = new DeliveryFailure('no such mailbox', { code: 'REJECTED', retryable: false });
  const id = await sent(one, ada, { recipient: 'x' });
  await until('it fails', async () => (await look(one, ada, id))?.status === 'FAILED');
  expect(second.messages).toEqual([]);
});

test('a provider that fails again and again is given a rest by all processes, and tried by one attempt after it', async () => {
  const { state, first, second, firstId, one, two } = await withSecondProvider();
  for (let count = 0; count < 5; count += 1) await delivered(one, await sent(one, ada, { recipient: 'x' }));
  expect([first.messages.length, second.messages.length]).toEqual([5, 5]);
  // Either process may take a message, and knows of the rest when what it knows of circuits is two seconds old.
  let lastTried = performance.now();
  await until('both processes know', async () => {
    const before = first.messages.length;
    for (const process of [one, two]) await delivered(process, await sent(process, ada, { recipient: 'y' }));
    if (first.messages.length > before) lastTried = performance.now();
    return performance.now() - lastTried > 2_200;
  });
  const tries = first.messages.length;
  const resting = await delivered(one, await sent(one, ada, { recipient: 'z' }));
  expect(resting.deliveries).toMatchObject([
    { position: 1, provider: 'FIRST', status: 'SKIPPED', error: { code: 'CIRCUIT_OPEN' } },
    { position: 2, provider: 'SECOND', status: 'DELIVERED' },
  ]);
  expect(first.messages).toHaveLength(tries);

  state.answer = DELIVERED satisfies SendResult;
  await tested.pool.query('update policy_circuits set retry_at = now() where key = $1', [firstId]);
  await until('it is well again', async () => {
    const back = await delivered(one, await sent(one, ada, { recipient: 'w' }));
    return back.deliveries.length === 1 && back.deliveries[0]?.provider === 'FIRST';
  });
  // Written after the message that has shown it.
  await until('the breaker is closed', async () => {
    const { rows } = await tested.pool.query('select key, state from policy_circuits');
    return isDeepStrictEqual(rows, [{ key: firstId, state: 'CLOSED' }]);
  });
});

test('a provider that asks to wait is not called until then, or until an administrator says otherwise', async () => {
  const asked = { code: 'RATE_LIMITED', retryable: true, blame: 'provider', retryAfterMs: 600_000 } as const;
  const { state, first, second, firstId, one, two } = await withSecondProvider();
  state.answer = new DeliveryFailure('429 from the provider', asked);
  await delivered(one, await sent(one, ada, { recipient: 'x' }));
  // Either of them sends what the other has accepted, and looks every two seconds.
  let lastTried = performance.now();
  await until('both processes know', async () => {
    const before = first.messages.length;
    for (const process of [one, two]) await delivered(process, await sent(process, ada, { recipient: 'y' }));
    if (first.messages.length > before) lastTried = performance.now();
    return performance.now() - lastTried > 2_200;
  });
  const tries = first.messages.length;
  const resting = await delivered(one, await sent(one, ada, { recipient: 'z' }));
  expect(resting.deliveries).toMatchObject([{ status: 'SKIPPED' }, { provider: 'SECOND', status: 'DELIVERED' }]);
  expect(first.messages).toHaveLength(tries);
  const { rows } = await tested.pool.query('select state from policy_circuits where key = $1', [firstId]);
  expect(rows).toEqual([]);

  state.answer = DELIVERED satisfies SendResult;
  const admin = userOf('root', 'notification:configure');
  const name = 'resetNotificationProviderCircuitBreaker';
  await one.mutate(admin, name, { id: firstId }, '... on ResetNotificationProviderCircuitBreakerSuccess { changed }');
  await until('the first is asked again', async () => {
    const back = await delivered(one, await sent(one, ada, { recipient: 'w' }));
    return back.deliveries.length === 1;
  });
  expect(second.messages.length).toBeGreaterThanOrEqual(2);
});

test('without anybody who may be asked messages wait, and use up no attempts', async () => {
  const asked = { code: 'RATE_LIMITED', retryable: true, blame: 'provider', retryAfterMs: 600_000 } as const;
  const state = { answer: new DeliveryFailure('429', asked) as Answer };
  const adapter = new ScriptedAdapter('WEBHOOK', 'SCRIPTED', () => state.answer);
  const id = await tested.provider({ channel: 'WEBHOOK', provider: 'SCRIPTED' });
  const process = await tested.process({ adapters: [adapter], settings: { retryScheduleMs: [50] } });
  const asking = await sent(process, ada, { recipient: 'x' });
  await until('it was asked', async () => (await look(process, ada, asking))?.retryCount === 1);
  const waiting = await sendAll(process, 5, { recipient: 'y' });
  await until('the sweeper has looked again', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    return true;
  });
  for (const each of waiting) expect(await look(process, ada, each)).toMatchObject({ status: 'QUEUED', attempts: 0 });
  expect(adapter.messages).toHaveLength(1);
  state.answer = DELIVERED satisfies SendResult;
  await tested.pool.query('update policy_rates set held_until = now() where key = $1', [id]);
  for (const each of waiting) expect(await delivered(process, each)).toMatchObject({ attempts: 1 });
});
