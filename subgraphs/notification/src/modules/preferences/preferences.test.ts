import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { createLogger } from '@flowmesh/platform/logging';
import { mutate, send } from '../../testing/operations.ts';
import { Accounts } from '../notifications/accounts.ts';
import type { Judged } from './preference-record.ts';
import { PreferenceService } from './preference-service.ts';
import { PreferenceStore } from './preference-store.ts';

let tested: NotificationUnderTest;
let running: NotificationProcess;
let preferences: PreferenceService;
let count = 0;

beforeAll(async () => {
  tested = await prepareNotifications();
  running = await tested.process({}, { worker: false });
  const accounts = new Accounts(new Map(), createLogger({ level: 'silent', name: 'test' }));
  preferences = new PreferenceService(new PreferenceStore(tested.pool), accounts);
});

afterAll(() => tested?.stop());

const somebody = () => `user ${(count += 1)}`;
const update = (user: string, input: object, ...scopes: string[]) =>
  mutate(running, userOf(user, ...scopes), 'updateNotificationPreferences', input, 'preferences { version }');
const SHOWN = `{ user { id } timeZone quietHours { from until days } language version
  rules { channel category isEnabled } }`;
const shown = async (user: string) =>
  (await running.ask<{ p: object }>(userOf(user), `{ p: notificationPreferences ${SHOWN} }`)).p;
const judge = async (userId: string, more: Partial<Judged> = {}) =>
  (
    await preferences.judge([
      { userId, channel: 'EMAIL', recipient: 'a@b.c', category: null, priority: 'NORMAL', at: null, ...more },
    ])
  )[0];
/** Until when something is held that would be sent at this moment; null when it is sent then. */
const heldUntil = async (userId: string, at: string, more: Partial<Judged> = {}) => {
  const verdict = await judge(userId, { at: new Date(at), ...more });
  if (!verdict?.isWanted) throw new Error('not wanted');
  const until = verdict.holdUntil?.toISOString() ?? null;
  return until === new Date(at).toISOString() ? null : until;
};

test('who has said nothing wants everything at once; what was said is kept, the rest stays', async () => {
  const user = somebody();
  expect(await shown(user)).toEqual({
    user: { id: user },
    timeZone: 'UTC',
    quietHours: null,
    language: null,
    version: 0,
    rules: [],
  });
  await update(user, { timeZone: 'Europe/Berlin', language: 'DE-at', quietHours: { from: '22:00', until: '07:00' } });
  await update(user, { rules: [{ channel: 'EMAIL', category: 'news', isEnabled: false }, { channel: 'SMS' }] });
  const days = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
  expect(await shown(user)).toMatchObject({
    timeZone: 'Europe/Berlin',
    quietHours: { from: '22:00', until: '07:00', days },
    language: 'de-AT',
    version: 2,
    rules: [
      { channel: 'EMAIL', category: 'news', isEnabled: false },
      { channel: 'SMS', category: null, isEnabled: true },
    ],
  });
  await update(user, { quietHours: null, rules: [] });
  expect(await shown(user)).toMatchObject({ timeZone: 'Europe/Berlin', quietHours: null, rules: [], version: 3 });
  expect(await update(user, { expectedVersion: 2, language: 'fr' })).toMatchObject({ code: 'CONFLICT' });
});

test('null takes each wish back', async () => {
  const user = somebody();
  const wishes = {
    timeZone: 'Europe/Berlin',
    language: 'de',
    quietHours: { from: '22:00', until: '07:00' },
    allowTracking: false,
    rules: [{ channel: 'EMAIL', isEnabled: false }],
  };
  await update(user, wishes);
  expect(await judge(user)).toMatchObject({ isWanted: false });
  await update(user, Object.fromEntries(Object.keys(wishes).map((wish) => [wish, null])));
  expect(await shown(user)).toMatchObject({ timeZone: 'UTC', quietHours: null, language: null, rules: [], version: 2 });
  expect(await judge(user)).toMatchObject({ isWanted: true, allowTracking: true });
});

test.each([
  [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
  [{ timeZone: '+02:00' }, 'timeZone'],
  [{ quietHours: { from: '24:00', until: '07:00' } }, 'quietHours.from'],
  [{ quietHours: { from: '07:00', until: '07:00' } }, 'quietHours.until'],
  [{ quietHours: { from: '07:00', until: '08:00', days: [] } }, 'quietHours.days'],
  [{ language: 'x' }, 'language'],
  [{ rules: [{ channel: 'SMS' }, { channel: 'SMS' }] }, 'rules[1]'],
])('%j cannot be wished for', async (input, path) => {
  const user = somebody();
  expect((await update(user, input)).fields).toEqual([{ path, message: expect.any(String) }]);
  expect(await shown(user)).toMatchObject({ version: 0 });
});

test('of many changes at once none is lost', async () => {
  const user = somebody();
  const results = await Promise.all(
    Array.from({ length: 6 }, (_, n) => update(user, { language: `d${'e'.repeat((n % 2) + 1)}` })),
  );
  const done = results.filter(({ code }) => code === undefined).length;
  expect(results.filter(({ code }) => code !== undefined && code !== 'CONFLICT')).toEqual([]);
  expect(await shown(user)).toMatchObject({ version: done });
});

test('preferences of others need a permission', async () => {
  const user = somebody();
  await expect(update('stranger', { userId: user, language: 'de' })).rejects.toThrow('FORBIDDEN');
  await expect(
    running.ask(userOf('stranger'), `{ notificationPreferences(userId: "${user}") ${SHOWN} }`),
  ).rejects.toThrow('FORBIDDEN');
  expect(await update('root', { userId: user, language: 'de' }, 'notification:write-any')).not.toHaveProperty('code');
  expect(await shown(user)).toMatchObject({ language: 'de' });
});

test('the rule of a category goes before that of its channel; CRITICAL ones pass', async () => {
  const user = somebody();
  await update(user, {
    rules: [
      { channel: 'EMAIL', isEnabled: false },
      { channel: 'EMAIL', category: 'security' },
      { channel: 'SMS', category: 'news', isEnabled: false },
    ],
  });
  const wanted = async (more: Partial<Judged>) => (await judge(user, more))?.isWanted;
  expect(
    await Promise.all([
      wanted({}),
      wanted({ category: 'news' }),
      wanted({ category: 'security' }),
      wanted({ priority: 'CRITICAL' }),
      wanted({ channel: 'SMS' }),
      wanted({ channel: 'SMS', category: 'news' }),
    ]),
  ).toEqual([false, false, true, true, true, false]);
});

test('what is not wanted is refused, and stored nowhere', async () => {
  const user = somebody();
  await update(user, { rules: [{ channel: 'IN_APP', category: 'news', isEnabled: false }] });
  const input = { channel: 'IN_APP', content: 'x', category: 'news' };
  expect(await send(running, userOf(user), input)).toMatchObject({
    __typename: 'NotificationUnwantedError',
    code: 'NOTIFICATION_UNWANTED',
    message: 'The user does not want "news" by IN_APP.',
  });
  expect(await send(running, userOf(user), { ...input, priority: 'CRITICAL' })).toHaveProperty('notification');
  const { rows } = await tested.pool.query('select priority from notifications where user_id = $1', [user]);
  expect(rows).toEqual([{ priority: 'CRITICAL' }]);
});

test('in quiet hours it waits until they end, by the clock of the user, also when the clock changes', async () => {
  const user = somebody();
  await update(user, { timeZone: 'Europe/Berlin', quietHours: { from: '22:00', until: '07:00' } });
  // Winter: UTC+1. On 2026-03-29 clocks go from 02:00 to 03:00, on 2026-10-25 from 03:00 back to 02:00.
  expect(await heldUntil(user, '2026-01-15T20:59:59.999Z')).toBeNull();
  expect(await heldUntil(user, '2026-01-15T21:00:00Z')).toBe('2026-01-16T06:00:00.000Z');
  expect(await heldUntil(user, '2026-01-16T05:59:59Z')).toBe('2026-01-16T06:00:00.000Z');
  expect(await heldUntil(user, '2026-01-16T06:00:00Z')).toBeNull();
  expect(await heldUntil(user, '2026-03-28T22:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
  expect(await heldUntil(user, '2026-10-24T21:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
  expect(await heldUntil(user, '2026-07-01T20:00:00Z')).toBe('2026-07-02T05:00:00.000Z');
  expect(await heldUntil(user, '2026-01-15T22:00:00Z', { priority: 'CRITICAL' })).toBeNull();
});

test('quiet hours within a day, on some days, and ends that the clock skips', async () => {
  const user = somebody();
  await update(user, { timeZone: 'America/New_York', quietHours: { from: '12:00', until: '13:30', days: ['MONDAY'] } });
  expect(await heldUntil(user, '2026-06-15T16:30:00Z')).toBe('2026-06-15T17:30:00.000Z');
  expect(await heldUntil(user, '2026-06-16T16:30:00Z')).toBeNull();
  const night = somebody();
  // From Friday evening; the night of Saturday is none.
  await update(night, { timeZone: 'Europe/Berlin', quietHours: { from: '23:00', until: '02:30', days: ['SATURDAY'] } });
  expect(await heldUntil(night, '2026-03-28T22:30:00Z')).toBe('2026-03-29T01:30:00.000Z');
  expect(await heldUntil(night, '2026-03-29T22:30:00Z')).toBeNull();
  expect(await heldUntil(night, '2026-03-27T23:30:00Z')).toBeNull();
});

test('a notification that comes in quiet hours is scheduled for their end', async () => {
  const user = somebody();
  const hour = (offset: number) => new Date(Date.now() + offset * 3_600_000).toISOString().slice(11, 13);
  await update(user, { quietHours: { from: `${hour(-2)}:00`, until: `${hour(3)}:00` } });
  const result = await send(running, userOf(user), { channel: 'IN_APP', content: 'later' });
  expect(result.notification?.status).toBe('SCHEDULED');
  expect(result.notification?.nextAttemptAt?.toISOString().slice(11)).toBe(`${hour(3)}:00:00.000Z`);
});

test('a template is in the language of the user, unless the sender names another', async () => {
  const user = somebody();
  await update(user, { language: 'de-CH' });
  const viewer = userOf(user, 'notification:write');
  const template = {
    name: 'greeting',
    channel: 'IN_APP',
    contentTemplate: 'Hello',
    translations: [{ language: 'de', contentTemplate: 'Hallo' }],
  };
  const query = `mutation M($input: CreateNotificationTemplateInput!) { r: createNotificationTemplate(input: $input) {
    ... on CreateNotificationTemplateSuccess { template { id } } } }`;
  const { r } = await running.ask<{ r: { template: { id: string } } }>(viewer, query, { input: template });
  const contentOf = async (more: object) => {
    const input = { channel: 'IN_APP', content: undefined, userId: user, templateId: r.template.id, ...more };
    const { notification } = await send(running, viewer, input);
    const { rows } = await tested.pool.query<{ content: string }>('select content from notifications where id = $1', [
      notification?.id,
    ]);
    return rows[0]?.content;
  };
  expect([await contentOf({}), await contentOf({ language: 'en' }), await contentOf({ language: 'de' })]).toEqual([
    'Hallo',
    'Hello',
    'Hallo',
  ]);
});
