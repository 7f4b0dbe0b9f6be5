import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { ScriptedAdapter } from '../../testing/scripted-adapter.ts';

const ada = userOf('ada');

interface Bulk {
  readonly id: string;
  readonly total: number;
  readonly counts: readonly { readonly status: string; readonly count: number }[];
  readonly isFinished: boolean;
}

interface Answer {
  readonly bulk: Bulk;
  readonly accepted: number;
  readonly refused: number;
  readonly results: readonly {
    readonly index: number;
    readonly notificationId: string | null;
    readonly created: boolean;
    readonly error: { readonly code: string; readonly fields: readonly { readonly path: string }[] } | null;
  }[];
  readonly fields?: readonly { readonly path: string }[];
}

let tested: NotificationUnderTest;
let running: NotificationProcess;
let adapter: ScriptedAdapter;

beforeAll(async () => {
  tested = await prepareNotifications();
  adapter = new ScriptedAdapter('WEBHOOK', 'SCRIPTED');
  await tested.provider({ channel: 'WEBHOOK', provider: 'SCRIPTED' });
  running = await tested.process({ adapters: [adapter] });
});

afterAll(() => tested?.stop());

const sendBulk = async (input: object) =>
  (
    await running.ask<{ sent: Answer }>(
      ada,
      `mutation Send($input: SendBulkNotificationsInput!) {
        sent: sendBulkNotifications(input: $input) {
          ... on SendBulkNotificationsSuccess {
            bulk { id total counts { status count } isFinished } accepted refused
            results { index notificationId created error { code fields { path } } }
          }
          ... on InvalidInputError { fields { path } }
          ... on IdempotencyConflictError { code id }
        }
      }`,
      { input: { channel: 'WEBHOOK', content: 'Hello', ...input } },
    )
  ).sent;

test('each recipient has a result of its own, and the rest is sent', async () => {
  const recipients = [{ recipient: 'bulk-a' }, { userId: 'bob', recipient: 'bulk-b' }, {}, { recipient: 'bulk-c' }];
  const { accepted, refused, results, bulk } = await sendBulk({ recipients });
  expect([accepted, refused, bulk.total]).toEqual([2, 2, 2]);
  expect(results.map(({ index, created, error }) => [index, created, error?.code, error?.fields])).toEqual([
    [0, true, undefined, undefined],
    [1, false, 'INVALID_INPUT', [{ path: 'userId' }]],
    [2, false, 'INVALID_INPUT', [{ path: 'recipient' }]],
    [3, true, undefined, undefined],
  ]);
  await until('both arrive', () => adapter.to('bulk-a').length + adapter.to('bulk-c').length === 2);
  expect(adapter.to('bulk-a')[0]?.notificationId).toBe(results[0]?.notificationId);
});

test('when all are refused there is nothing to follow, and no id is given', async () => {
  const nobody = [{}, { userId: 'bob', recipient: 'bulk-b' }];
  expect(await sendBulk({ recipients: nobody, idempotencyKey: 'to nobody' })).toMatchObject({
    bulk: null,
    accepted: 0,
    refused: 2,
    results: [{ error: { code: 'INVALID_INPUT' } }, { error: { code: 'INVALID_INPUT' } }],
  });
  const { bulk } = await sendBulk({ recipients: [...nobody, { recipient: 'bulk-d' }], idempotencyKey: 'to nobody' });
  expect(bulk.total).toBe(1);
});

test('1,000 are accepted in one call, repeated without repeats, and watched to their end', async () => {
  const recipients = Array.from({ length: 1_000 }, (_, index) => ({ recipient: `many-${index}` }));
  const first = await sendBulk({ recipients, idempotencyKey: 'campaign' });
  const again = await sendBulk({ recipients, idempotencyKey: 'campaign' });
  expect(again.bulk.id).toBe(first.bulk.id);
  expect(again.results.map(({ notificationId }) => notificationId)).toEqual(
    first.results.map(({ notificationId }) => notificationId),
  );
  expect([first.results, again.results].map((results) => results.filter(({ created }) => created).length)).toEqual([
    1_000, 0,
  ]);
  const others = [{ recipient: 'somebody else' }, { recipient: 'many-1' }];
  for (const other of [{ recipients: others }, { recipients, content: 'Bye' }]) {
    const refused = await sendBulk({ ...other, idempotencyKey: 'campaign' });
    expect(refused).toEqual({ code: 'IDEMPOTENCY_CONFLICT', id: first.bulk.id });
  }
  const seen: Bulk[] = [];
  const stream = running.messages<{ notificationBulkUpdates: Bulk }>(
    ada,
    'subscription Watch($id: ID!) { notificationBulkUpdates(id: $id) { id total counts { status count } isFinished } }',
    { id: first.bulk.id },
  );
  for await (const { notificationBulkUpdates } of stream) seen.push(notificationBulkUpdates);
  expect(seen.at(-1)).toEqual({
    id: first.bulk.id,
    total: 1_000,
    counts: [{ status: 'DELIVERED', count: 1_000 }],
    isFinished: true,
  });
  expect(new Set(adapter.messages.map(({ recipient }) => recipient)).size).toBeGreaterThanOrEqual(1_000);
  const query = 'query Find($id: ID!) { notificationBulk(id: $id) { total } }';
  expect(await running.ask(userOf('eve'), query, { id: first.bulk.id })).toEqual({ notificationBulk: null });
});

test('a call that cannot be accepted as a whole is refused as a whole', async () => {
  expect(await sendBulk({ recipients: [] })).toEqual({ fields: [{ path: 'recipients' }] });
  const many = Array.from({ length: 10_001 }, () => ({ recipient: 'x' }));
  expect(await sendBulk({ recipients: many })).toEqual({ fields: [{ path: 'recipients' }] });
  const heavy = { recipients: many.slice(0, 1_000), content: 'x'.repeat(60_000) };
  expect(await sendBulk(heavy)).toEqual({ fields: [{ path: 'recipients' }] });
});
