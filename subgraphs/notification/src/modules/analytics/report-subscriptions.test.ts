import {
  prepareNotifications,
  memberOf,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { createLogger } from '@flowmesh/platform/logging';
import { Accounts } from '../notifications/accounts.ts';
import { NotificationStore } from '../notifications/notification-store.ts';
import { SendingRights } from '../notifications/sending-rights.ts';
import { PreferenceService } from '../preferences/preference-service.ts';
import { PreferenceStore } from '../preferences/preference-store.ts';
import { AnalyticsStore } from './analytics-store.ts';
import { DeliveryReportService } from './delivery-report-service.ts';
import { ReportSubscriptionService } from './report-subscription-service.ts';
import { ReportSubscriptionStore } from './report-subscription-store.ts';

interface Subscription {
  readonly id: string;
  readonly nextPeriod: string;
  readonly dueAt: Date;
}
interface Result {
  readonly __typename: string;
  readonly code?: string;
  readonly subscription?: Subscription;
  readonly fields?: readonly { readonly path: string }[];
}

let tested: NotificationUnderTest;
let running: NotificationProcess;
let count = 0;

beforeAll(async () => {
  tested = await prepareNotifications();
  running = await tested.process({}, { worker: false });
});

afterAll(() => tested?.stop());

const accounts = new Accounts(new Map(), createLogger({ level: 'silent', name: 'test' }));
/** What one process has of it. */
const service = () =>
  new ReportSubscriptionService({
    store: new ReportSubscriptionStore(tested.pool),
    reports: new DeliveryReportService(new AnalyticsStore(tested.pool)),
    notifications: new NotificationStore(tested.pool),
    preferences: new PreferenceService(new PreferenceStore(tested.pool), accounts),
    rights: new SendingRights(accounts, { has: () => Promise.resolve(false) }),
    published: () => undefined,
  });
const somebody = () => `reader ${(count += 1)}`;
const SUBSCRIBE = `mutation M($input: SubscribeToDeliveryReportInput!) { r: subscribeToDeliveryReport(input: $input) {
  __typename ... on SubscribeToDeliveryReportSuccess { subscription { id nextPeriod dueAt } }
  ... on InvalidInputError { code fields { path } } } }`;
const subscribe = async (user: string, input: object, ...scopes: string[]) =>
  (await running.ask<{ r: Result }>(userOf(user, 'notification:write', ...scopes), SUBSCRIBE, { input })).r;
const setDue = (id: string | undefined, period: string) =>
  tested.pool.query(
    `update report_subscriptions set next_period = $2, due_at = now() - interval '1 hour' where id = $1`,
    [id, period],
  );
const reportsTo = async (user: string) =>
  (
    await tested.pool.query<{ subject: string; content: string }>(
      'select subject, content from notifications where user_id = $1 order by created_at, id',
      [user],
    )
  ).rows;

test('each period is reported once, however many processes are at it, and the next one follows', async () => {
  const user = somebody();
  const { subscription } = await subscribe(user, { kind: 'DAILY', timeZone: 'Europe/Berlin' });
  await tested.pool.query(
    `insert into notifications (id, user_id, sender_id, channel, content, recipient, status, attempts, created_at, sent_at)
     select 'seen' || n, 'x', $1, 'IN_APP', 'x', 'x', 'DELIVERED', 1, '2026-03-28T23:30:00Z', '2026-03-28T23:30:01Z'
     from generate_series(1, 3) n`,
    [user],
  );
  await setDue(subscription?.id, '2026-03-29');
  // The day after is due by now, too; the one before must not come again.
  await Promise.all([service(), service(), service(), service()].map((process) => process.sendDue()));
  const reports = await reportsTo(user);
  const periods = reports.map(({ subject }) => subject);
  expect(periods.slice(0, 2)).toEqual(['Delivery report 2026-03-29', 'Delivery report 2026-03-30']);
  expect(new Set(periods).size).toBe(periods.length);
  expect(reports[0]?.content).toContain('3 accepted; 0 the day before');
  const { rows } = await tested.pool.query<{ next_period: string; due_at: Date }>(
    'select next_period, due_at from report_subscriptions where id = $1 and due_at > now()',
    [subscription?.id],
  );
  expect(rows).toHaveLength(1);
});

test('reports come at six in the morning, by the clock of the subscriber', async () => {
  const user = somebody();
  const daily = await subscribe(user, { kind: 'DAILY', timeZone: 'America/New_York' });
  const monthly = await subscribe(user, { kind: 'MONTHLY', timeZone: 'Asia/Tokyo', recipient: 'a@example.com' });
  const local = (at: Date | undefined, timeZone: string) =>
    new Date(at ?? 0).toLocaleString('sv', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  expect(local(daily.subscription?.dueAt, 'America/New_York')).toMatch(/^\d{4}-\d\d-\d\d 06:00$/);
  expect(local(monthly.subscription?.dueAt, 'Asia/Tokyo')).toMatch(/^\d{4}-\d\d-01 06:00$/);
  expect(monthly.subscription?.nextPeriod).toMatch(/^\d{4}-\d\d$/);
});

test('a report that cannot be stored comes later, and not twice', async () => {
  const user = somebody();
  const { subscription } = await subscribe(user, { kind: 'MONTHLY' });
  const yesterday = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 7);
  await setDue(subscription?.id, yesterday);
  const store = new ReportSubscriptionStore(tested.pool);
  await expect(
    store.sendDue(async (tx) => {
      await tx.query(
        `insert into notifications (id, user_id, sender_id, channel, content, recipient) values ('half', $1, $1, 'IN_APP', 'x', 'x')`,
        [user],
      );
      throw new Error('killed');
    }),
  ).rejects.toThrow('killed');
  expect(await reportsTo(user)).toEqual([]);
  await service().sendDue();
  expect((await reportsTo(user))[0]?.subject).toBe(`Delivery report ${yesterday}`);
});

test('who does not want them gets none; the subscription goes on', async () => {
  const user = somebody();
  const { subscription } = await subscribe(user, { kind: 'DAILY' });
  const wishes = `mutation { updateNotificationPreferences(input: {
    rules: [{ channel: IN_APP, category: "delivery-report", isEnabled: false }] }) { __typename } }`;
  await running.ask(userOf(user), wishes);
  await setDue(subscription?.id, new Date(Date.now() - 86_400_000).toISOString().slice(0, 10));
  await service().sendDue();
  expect(await reportsTo(user)).toEqual([]);
});

test('subscribing twice is one subscription; others can neither see nor end it', async () => {
  const user = somebody();
  const one = await subscribe(user, { kind: 'DAILY' });
  const two = await subscribe(user, { kind: 'DAILY', timeZone: 'Asia/Tokyo' });
  expect(two.subscription?.id).toBe(one.subscription?.id);
  const list = '{ l: deliveryReportSubscriptions { id timeZone everybody } }';
  const own = { id: one.subscription?.id, timeZone: 'Asia/Tokyo', everybody: false };
  expect(await running.ask(userOf(user), list)).toEqual({ l: [own] });
  expect(await running.ask(userOf('stranger'), list)).toEqual({ l: [] });
  const end = 'mutation M($id: ID!) { r: unsubscribeFromDeliveryReport(input: { id: $id }) { __typename } }';
  const ended = async (who: string) =>
    (await running.ask<{ r: Result }>(userOf(who), end, { id: own.id })).r.__typename;
  expect([await ended('stranger'), await ended(user), await ended(user)]).toEqual([
    'NotFoundError',
    'UnsubscribeFromDeliveryReportSuccess',
    'NotFoundError',
  ]);
});

test('whoever may only read does not get any', async () => {
  const reader = memberOf(somebody());
  await expect(running.ask(reader, SUBSCRIBE, { input: { kind: 'DAILY', timeZone: 'UTC' } })).rejects.toThrow(
    'needs the scope notification:read and notification:write',
  );
});

test('what cannot be is refused', async () => {
  const wrong = await subscribe(somebody(), { kind: 'DAILY', timeZone: 'Mars', recipient: 'nobody' });
  expect(wrong.fields?.map(({ path }) => path)).toEqual(['recipient', 'timeZone']);
  await expect(subscribe(somebody(), { kind: 'DAILY', everybody: true })).rejects.toThrow('FORBIDDEN');
  expect(await subscribe(somebody(), { kind: 'DAILY', everybody: true }, 'notification:read-any')).toHaveProperty(
    'subscription',
  );
});
