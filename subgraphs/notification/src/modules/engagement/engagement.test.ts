import { NO_CLIENT } from '@flowmesh/platform/access';
import { createKeyRing } from '@flowmesh/platform/secrets';
import fastify from 'fastify';
import type { OutgoingMessage } from '../../adapters/channel-adapter.ts';
import { UNSUBSCRIBE_MARK } from '../../adapters/unsubscribe-mark.ts';
import {
  prepareNotifications,
  userOf,
  type NotificationProcess,
  type NotificationUnderTest,
} from '../../testing/notification-under-test.ts';
import { mutate, send, sent } from '../../testing/operations.ts';
import { DELIVERED, ScriptedAdapter } from '../../testing/scripted-adapter.ts';
import { EmailLinks, LINK_PATH } from './email-links.ts';
import { EngagementStore } from './engagement-store.ts';
import { linkRoutes } from './link-routes.ts';
import { LinkSigner } from './link-signer.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const signer = new LinkSigner(createKeyRing(KEY));
const links = new EmailLinks(signer, 'https://mail.example', true);
const NORMAL = { isTracked: true, priority: 'NORMAL' } as const;
const server = fastify();

let tested: NotificationUnderTest;
let running: NotificationProcess;
let address: string;

beforeAll(async () => {
  tested = await prepareNotifications();
  await tested.provider({ channel: 'EMAIL', provider: 'SCRIPTED' });
  const adapter = new ScriptedAdapter('EMAIL', 'SCRIPTED', () => DELIVERED);
  running = await tested.process({ adapters: [adapter] }, { worker: false });
  linkRoutes(signer, new EngagementStore(tested.pool))(server, () => NO_CLIENT);
  address = await server.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await server.close();
  await tested?.stop();
});

const message = (more: Partial<OutgoingMessage>): OutgoingMessage => ({
  notificationId: 'n1',
  attempt: 1,
  channel: 'EMAIL',
  userId: 'ada',
  recipient: 'ada@example.com',
  subject: 'News',
  text: 'Hello',
  html: null,
  attachments: [],
  metadata: {},
  createdAt: new Date(0),
  ...more,
});
const pathOf = (kind: 'open' | 'unsubscribe', id: string) => `${LINK_PATH}/${kind}/${signer.sign(kind, id)}`;
const clickOf = (id: string, url: string) =>
  `${LINK_PATH}/click/${signer.sign('click', id, url)}?url=${encodeURIComponent(url)}`;
async function ask(path: string, init: RequestInit) {
  const response = await fetch(`${address}${path}`, { ...init, redirect: 'manual' });
  const { status, headers } = response;
  const location = headers.get('location');
  return { status, location, type: headers.get('content-type'), body: await response.text() };
}
const get = (path: string) => ask(path, {});
const post = (path: string) =>
  ask(path, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
const mail = (input: object = {}) =>
  sent(running, userOf('ada'), { channel: 'EMAIL', recipient: 'reader@example.com', content: 'x', ...input });
const countsOf = async (id: string) =>
  (
    await tested.pool.query<{ kind: string; url: string; count: number }>(
      'select kind, url, count from notification_engagements where notification_id = $1 order by kind, url',
      [id],
    )
  ).rows;

test('links of an e-mail lead through us, everything else stays to the character', () => {
  const html = `<html><body><p title='<a href="https://no.example">'>Hi <!-- <a href="https://no.example"> -->
    <a class=x HREF='https://a.example/?x=1&amp;y="2"'>one</a> <a href=https://b.example/>two</a>
    <a href="mailto:a@b.c">mail</a> <a href="${UNSUBSCRIBE_MARK}">stop</a> <img src="https://c.example/i.png"></p></body></html>`;
  const prepared = links.prepare(message({ html, text: `Stop: ${UNSUBSCRIBE_MARK}` }), NORMAL);
  const stop = `https://mail.example${pathOf('unsubscribe', 'n1')}`;
  const click = (url: string) => `https://mail.example${clickOf('n1', url)}`;
  expect(prepared.text).toBe(`Stop: ${stop}`);
  expect(prepared.html).toBe(
    html
      .replace(`'https://a.example/?x=1&amp;y="2"'`, `"${click('https://a.example/?x=1&y="2"')}"`)
      .replace('href=https://b.example/', `href="${click('https://b.example/')}"`)
      .replace(UNSUBSCRIBE_MARK, stop)
      .replace('</body>', `<img src="https://mail.example${pathOf('open', 'n1')}" width="1" height="1" alt=""></body>`),
  );
  expect(prepared.metadata['email']).toEqual({
    headers: { 'List-Unsubscribe': `<${stop}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
  });
  expect(links.prepare(message({ html, text: `Stop: ${UNSUBSCRIBE_MARK}` }), NORMAL)).toEqual(prepared);
});

test('what must not be counted is left as it is; CRITICAL mail has nothing to unsubscribe from', () => {
  const html = '<a href="https://a.example/">one</a>';
  expect(links.prepare(message({ html }), { ...NORMAL, isTracked: false }).html).toBe(html);
  expect(links.prepare(message({}), { ...NORMAL, priority: 'CRITICAL' }).metadata).toEqual({});
  const hidden = new EmailLinks(signer, 'http://localhost:4000', false);
  expect(hidden.prepare(message({ html }), NORMAL)).toEqual(message({ html }));
  expect(links.prepare(message({ channel: 'SLACK', text: 'x' }), NORMAL)).toEqual(
    message({ channel: 'SLACK', text: 'x' }),
  );
  const own = { email: { headers: { 'List-Unsubscribe': '<https://own.example>' } } };
  expect(links.prepare(message({ metadata: own }), NORMAL).metadata).toEqual(own);
});

test('opens and clicks are counted, and a click leads where the mail said', async () => {
  const id = await mail();
  expect(await get(pathOf('open', id))).toMatchObject({ status: 200, type: 'image/gif' });
  await get(pathOf('open', id));
  const url = 'https://a.example/?x=1&y=2#z';
  const answer = await get(clickOf(id, url));
  expect([answer.status, answer.location]).toEqual([302, url]);
  expect(await countsOf(id)).toEqual([
    { kind: 'OPEN', url: '', count: 3 },
    { kind: 'CLICK', url, count: 1 },
  ]);
});

test('no address leads anywhere that was not signed for it', async () => {
  const id = await mail();
  const good = 'https://good.example/';
  const token = signer.sign('click', id, good);
  const evil = encodeURIComponent('https://evil.example/');
  const others = [
    `${LINK_PATH}/click/${token}?url=${evil}`,
    `${LINK_PATH}/click/${token}`,
    `${LINK_PATH}/click/${token}x?url=${encodeURIComponent(good)}`,
    `${LINK_PATH}/click/${token}?url=${encodeURIComponent(good)}&url=${evil}`,
    `${LINK_PATH}/click/${signer.sign('open', id)}?url=${evil}`,
    `${LINK_PATH}/click/${new LinkSigner(createKeyRing(Buffer.alloc(32, 8).toString('base64'))).sign('click', id, 'https://evil.example/')}?url=${evil}`,
  ];
  for (const url of others) {
    const answer = await get(url);
    expect([answer.status, answer.location]).toEqual([404, null]);
  }
  expect((await post(`${LINK_PATH}/unsubscribe/${signer.sign('open', id)}`)).status).toBe(404);
  expect(await countsOf(id)).toEqual([]);
});

test('nothing is counted where the sender or the user does not allow it', async () => {
  const refused = await mail({ allowTracking: false });
  const shy = userOf('shy');
  await mutate(
    running,
    shy,
    'updateNotificationPreferences',
    { allowTracking: false },
    'preferences { allowTracking }',
  );
  const wished = await sent(running, shy, { channel: 'EMAIL', userId: 'shy', recipient: 'shy@example.com' });
  for (const id of [refused, wished]) {
    await get(pathOf('open', id));
    expect((await get(clickOf(id, 'https://a.example/'))).status).toBe(302);
    expect(await countsOf(id)).toEqual([]);
  }
});

test('one click unsubscribes from the category, looking does not; it can be undone', async () => {
  const recipient = 'Leaver@Example.com';
  const id = await mail({ recipient, category: 'news <b>' });
  const again = async (more: object = {}) =>
    (await send(running, userOf('ada'), { channel: 'EMAIL', recipient, category: 'news <b>', ...more })).__typename;
  const page = await get(pathOf('unsubscribe', id));
  expect([page.status, page.body.includes('news &lt;b&gt;')]).toEqual([200, true]);
  expect(await again()).toBe('SendNotificationSuccess');
  expect((await post(pathOf('unsubscribe', id))).status).toBe(200);
  await post(pathOf('unsubscribe', id));
  expect(await again()).toBe('NotificationUnwantedError');
  expect(await again({ category: 'invoices' })).toBe('SendNotificationSuccess');
  expect(await again({ priority: 'CRITICAL' })).toBe('SendNotificationSuccess');
  await post(`${pathOf('unsubscribe', id)}?undo`);
  expect(await again()).toBe('SendNotificationSuccess');
});

test('a link whose notification is gone says so', async () => {
  expect((await get(pathOf('unsubscribe', 'gone'))).status).toBe(404);
  expect((await get(pathOf('open', 'gone'))).status).toBe(200);
});
