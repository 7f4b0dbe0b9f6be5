import { DeliveryFailure } from '../../adapters/channel-adapter.ts';
import { until } from '@flowmesh/platform/testing';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { look, mutate, send, sent } from '../../testing/operations.ts';
import { DELIVERED, ScriptedAdapter } from '../../testing/scripted-adapter.ts';

const ada = userOf('ada');
const admin = userOf('root', 'notification:read-any', 'notification:send-any');
const SECRET = 'your code is 493817';

let tested: NotificationUnderTest;
let running: NotificationProcess;
let adapter: ScriptedAdapter;

beforeAll(async () => {
  tested = await prepareNotifications();
  adapter = new ScriptedAdapter('EMAIL', 'SCRIPTED', ({ recipient, attempt }) => {
    if (recipient.startsWith('refused')) return new DeliveryFailure('no', { code: 'REJECTED', retryable: false });
    if (recipient.startsWith('again') && attempt === 1) {
      return new DeliveryFailure('later', { code: 'DEFERRED', retryable: true });
    }
    return DELIVERED;
  });
  await tested.provider({ channel: 'EMAIL', provider: 'SCRIPTED' });
  running = await tested.process({ adapters: [adapter], settings: { retryScheduleMs: [50] } });
});

afterAll(() => tested?.stop());

const secret = (recipient: string, input: object = {}) =>
  sent(running, ada, {
    channel: 'EMAIL',
    recipient,
    subject: 'Your code',
    content: SECRET,
    htmlContent: `<b>${SECRET}</b>`,
    confidential: true,
    ...input,
  });
const becomes = (id: string, status: string) =>
  until(`${id} ${status}`, async () => ((await look(running, ada, id))?.status === status ? true : null));
const sealed = async (id: string) =>
  (
    await tested.pool.query<{ sealed: boolean; row: string }>(
      `select sealed_content is not null as sealed, n::text as row from notifications n where id = $1`,
      [id],
    )
  ).rows[0]!;
const shown = (id: string) =>
  running.ask(admin, 'query Shown($id: ID!) { notification(id: $id) { subject content htmlContent isConfidential } }', {
    id,
  });
const NOTHING = { notification: { subject: 'Your code', content: '', htmlContent: null, isConfidential: true } };

test.each(['ada@example.org', 'again@example.org'])(
  'to %s: the text is encrypted until it is sent, then gone, and nobody is shown it',
  async (recipient) => {
    const id = await secret(recipient, { scheduledAt: new Date(Date.now() + 3_600_000) });
    const waiting = await sealed(id);
    expect(waiting.sealed).toBe(true);
    expect(waiting.row).not.toContain(SECRET);
    expect(await shown(id)).toEqual(NOTHING);

    await tested.pool.query('update notifications set available_at = now() where id = $1', [id]);
    await becomes(id, 'DELIVERED');
    expect(adapter.to(recipient).at(-1)).toMatchObject({ text: SECRET, html: `<b>${SECRET}</b>` });
    expect((await sealed(id)).sealed).toBe(false);
    expect(await shown(id)).toEqual(NOTHING);
    const { rows } = await tested.pool.query<{ n: number }>(
      `select count(*)::int as n from outbox_events e where strpos(e::text, $1) > 0`,
      [SECRET],
    );
    expect(rows).toEqual([{ n: 0 }]);
    const replayed = await mutate(running, ada, 'replayNotification', { id }, 'created', '');
    expect(replayed).toMatchObject({ code: 'NOTIFICATION_NOT_REPLAYABLE' });
  },
);

test('one that is given up, taken back or too late has lost its text, and cannot be sent again', async () => {
  const failed = await secret('refused@example.org');
  await becomes(failed, 'FAILED');
  const later = { scheduledAt: new Date(Date.now() + 3_600_000) };
  const cancelled = await secret('cancelled@example.org', later);
  await mutate(running, ada, 'cancelNotification', { id: cancelled }, 'notification { id }', '');
  const expired = await secret('expired@example.org', later);
  await tested.pool.query(`update notifications set expires_at = now() - interval '1 second' where id = $1`, [expired]);
  await becomes(expired, 'EXPIRED');
  for (const id of [failed, cancelled, expired]) expect(await sealed(id)).toMatchObject({ sealed: false });
  const retried = await mutate(running, ada, 'retryNotification', { id: failed }, 'notification { id }', '');
  expect(retried).toMatchObject({ code: 'NOTIFICATION_NOT_RETRYABLE' });
  const all = await mutate(running, ada, 'retryFailedNotifications', {}, 'retried', '');
  expect(all).toMatchObject({ retried: 0 });
  expect(adapter.to('refused@example.org')).toHaveLength(1);
});

test('is refused where the text would be kept', async () => {
  const attachments = [{ fileName: 'a.txt', contentType: 'text/plain', content: 'YQ==' }];
  const input = { channel: 'EMAIL', recipient: 'bob@example.org', confidential: true, attachments };
  expect(await send(running, ada, input)).toMatchObject({ fields: [{ path: 'attachments' }] });
  expect(await send(running, ada, { channel: 'IN_APP', confidential: true })).toMatchObject({
    fields: [{ path: 'confidential' }],
  });
});
