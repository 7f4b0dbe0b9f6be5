import { randomBytes } from 'node:crypto';
import { createPool, inTransaction } from '@flowmesh/platform/database';
import { createLogger } from '@flowmesh/platform/logging';
import { createSecretBox, createKeyRing } from '@flowmesh/platform/secrets';
import { createDomainDatabase, type TestDatabases } from '@flowmesh/platform/subgraph-testing';
import { until } from '@flowmesh/platform/testing';
import fastify from 'fastify';
import type { Pool } from 'pg';
import { MailRefused, type Carried, type MailCarrier } from './mail-carrier.ts';
import { createMailDelivery } from './mail-delivery.ts';
import { retryDelay } from './mail-worker.ts';
import type { ClaimedMail } from './outgoing-mails.ts';

const logger = createLogger({ level: 'silent', name: 'test' });
const secrets = createSecretBox(createKeyRing(randomBytes(32).toString('base64')));

let database: TestDatabases<'auth'>;
let pool: Pool;
beforeAll(async () => {
  database = await createDomainDatabase('auth');
  pool = createPool(database.urls.auth, { max: 5, applicationName: 'test' });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(() => pool.query('truncate outgoing_mails'));

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (let close = opened.pop(); close; close = opened.pop()) await close();
});

/** Takes mails, unless `answer` says otherwise. How they really go is in tests/journeys/told-by-notification.test.ts. */
function carrierOf(answer: (to: string) => Carried | Error = () => 'taken') {
  const carried: ClaimedMail[] = [];
  const carrier: MailCarrier = {
    carry: async (mail) => {
      const given = answer(mail.mail.to);
      if (given instanceof Error) throw given;
      if (given === 'taken') carried.push(mail);
      return given;
    },
  };
  return { carrier, carried };
}

function delivery(carrier: MailCarrier, production = false, publicUrl = 'http://localhost:4000') {
  const mails = createMailDelivery({ carrier, production, publicUrl, pool, secrets, logger });
  opened.push(() => mails.stop());
  return mails;
}
const CONTENT = {
  subject: 'Grüße, <b>“Ada”</b>',
  paragraphs: ['One & only <script>alert(1)</script>'],
  link: { label: 'Open', url: 'https://flowmesh.test/x#token=a"b' },
};
const stored = async () =>
  (
    await pool.query<Record<string, unknown>>(
      `select recipient, attempts, sent_at is not null as sent, failed_at is not null as failed,
         sealed_content is not null as content, last_error from outgoing_mails order by created_at, id`,
    )
  ).rows;
/** Waits until the stored mails are like this. */
const untilStored = (what: string, condition: (mails: Awaited<ReturnType<typeof stored>>) => boolean | undefined) =>
  until(what, async () => condition(await stored()));

test('what a transaction has written is handed over when it is committed, and only then', async () => {
  const { carrier, carried } = carrierOf();
  const mails = delivery(carrier);
  await inTransaction(pool, (client) => mails.enqueue(client, 'ada@example.org', CONTENT));
  const failed = inTransaction(pool, async (client) => {
    await mails.enqueue(client, 'never@example.org', CONTENT);
    throw new Error('rolled back');
  });
  await expect(failed).rejects.toThrow('rolled back');
  const [row] = (await pool.query<{ row: string }>('select outgoing_mails::text as row from outgoing_mails')).rows;
  expect(row?.row).not.toMatch(/Ada|token|only/);

  mails.start();
  await untilStored('it is sent', ([mail]) => mail?.sent === true);
  expect(await stored()).toEqual([
    { recipient: 'ada@example.org', attempts: 1, sent: true, failed: false, content: false, last_error: null },
  ]);
  expect(carried.map(({ mail }) => mail)).toEqual([
    {
      to: 'ada@example.org',
      subject: CONTENT.subject,
      text: expect.stringContaining('One & only <script>alert(1)</script>'),
      html: expect.stringContaining('One &amp; only &lt;script&gt;alert(1)&lt;/script&gt;'),
    },
  ]);
});

test('of two processes one hands each mail over', async () => {
  const { carrier, carried } = carrierOf();
  const processes = [delivery(carrier), delivery(carrier)];
  const addresses = Array.from({ length: 30 }, (_, index) => `many-${index}@example.org`);
  for (const to of addresses) await processes[0]!.enqueue(pool, to, CONTENT);
  for (const each of processes) each.start();
  await untilStored('all are sent', (mails) => mails.every(({ sent }) => sent === true));
  expect(carried.map(({ mail }) => mail.to).sort()).toEqual([...addresses].sort());
});

test('what cannot be handed over now is later, and what is refused for good is given up', async () => {
  let busy = true;
  const { carrier, carried } = carrierOf((to) =>
    to.startsWith('gone') ? new MailRefused('no such mailbox') : busy ? new Error('does not answer') : 'taken',
  );
  const mails = delivery(carrier);
  await mails.enqueue(pool, 'later@example.org', CONTENT);
  await mails.enqueue(pool, 'gone@example.org', CONTENT);
  mails.start();
  const common = { attempts: 1, sent: false };
  await untilStored('all have failed', (mails) => mails.every(({ last_error }) => last_error !== null));
  expect(await stored()).toEqual([
    {
      recipient: 'later@example.org',
      ...common,
      failed: false,
      content: true,
      last_error: 'Error: does not answer',
    },
    {
      recipient: 'gone@example.org',
      ...common,
      failed: true,
      content: false,
      last_error: 'MailRefused: no such mailbox',
    },
  ]);
  const { rows } = await pool.query<{ wait: number }>(
    `select extract(epoch from next_attempt_at - now())::float8 as wait from outgoing_mails where failed_at is null`,
  );
  expect(rows[0]!.wait).toBeGreaterThan(15);
  expect(rows[0]!.wait).toBeLessThanOrEqual(30);
  busy = false;
  await pool.query('update outgoing_mails set next_attempt_at = now()');
  mails.poke();
  await untilStored('it is sent', ([mail]) => mail?.sent === true);
  expect((await stored())[0]).toMatchObject({ attempts: 2, last_error: null });
  expect(carried.map(({ mail }) => mail.to)).toEqual(['later@example.org']);
});

test('after a day of trying a mail is given up; the waits between grow to an hour', async () => {
  expect([1, 2, 3, 7, 8, 100].map(retryDelay)).toEqual([30_000, 60_000, 120_000, 1_920_000, 3_600_000, 3_600_000]);
  const mails = delivery(carrierOf(() => new Error('does not answer')).carrier);
  await mails.enqueue(pool, 'old@example.org', CONTENT);
  await pool.query(`update outgoing_mails set created_at = now() - interval '25 hours'`);
  mails.start();
  await untilStored('it is given up', ([mail]) => mail?.failed === true);
});

test('a mail whose process died is handed over by another when the lease has ended', async () => {
  const mails = delivery(carrierOf().carrier);
  await mails.enqueue(pool, 'lease@example.org', CONTENT);
  await pool.query(`update outgoing_mails set attempts = 1, next_attempt_at = now() + interval '2 minutes'`);
  mails.start();
  await pool.query(`update outgoing_mails set next_attempt_at = now()`);
  mails.poke();
  await untilStored('it is sent', ([mail]) => mail?.sent === true);
  expect((await stored())[0]).toMatchObject({ attempts: 2 });
});

describe('where nothing sends e-mail', () => {
  async function outbox(mails: ReturnType<typeof delivery>) {
    const server = fastify();
    mails.registerOutbox?.(server);
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    opened.push(() => server.close());
    return { url, get: (path: string, headers = {}) => fetch(url + path, { headers }) };
  }

  test('a developer reads mails in the outbox, as HTML and as JSON', async () => {
    const mails = delivery(carrierOf(() => 'no channel').carrier);
    await mails.enqueue(pool, 'ada@example.org', CONTENT);
    await mails.enqueue(pool, 'bob@example.org', { subject: 'Second', paragraphs: ['Hello'] });
    const { get } = await outbox(mails);
    const json = (await (await get('/dev/outbox')).json()) as { mails: { subject: string }[] };
    expect(json.mails.map(({ subject }) => subject)).toEqual(['Second', CONTENT.subject]);
    expect(await (await get('/dev/outbox?to=bob@example.org')).json()).toEqual({
      mails: [
        {
          id: expect.any(String),
          to: 'bob@example.org',
          subject: 'Second',
          text: 'Hello\n',
          html: expect.stringContaining('<p>Hello</p>'),
          createdAt: expect.any(String),
        },
      ],
    });
    const page = await get('/dev/outbox', { accept: 'text/html,*/*' });
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toContain('<script>');
    expect(html).toContain('<a href="https://flowmesh.test/x#token=a');
    mails.start();
    await untilStored('all are sent', (mails) => mails.every(({ sent, content }) => sent && content));
  });

  test('pages of other sites do not get at it', async () => {
    const { url } = await outbox(delivery(carrierOf(() => 'no channel').carrier));
    const { request } = await import('node:http');
    const status = (host: string) =>
      new Promise<number | undefined>((resolve, reject) =>
        request(`${url}/dev/outbox`, { headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end(),
      );
    expect(await status('localhost:4000')).toBe(200);
    const added = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip', 'x-forwarded-proto', 'x-original-forwarded-for'];
    added.push('x-client-ip', 'x-envoy-external-address', 'do-connecting-ip', 'fastly-client-ip', 'cdn-loop');
    for (const header of added) {
      expect([header, (await fetch(`${url}/dev/outbox`, { headers: { [header]: '203.0.113.1' } })).status]).toEqual([
        header,
        403,
      ]);
    }
    const refused = await fetch(`${url}/dev/outbox`, { headers: { via: 'proxy' } });
    expect(await refused.json()).toEqual({
      errors: [
        {
          message: 'The outbox is shown on the machine it runs on only.',
          extensions: { code: 'FORBIDDEN', requestId: expect.any(String) },
        },
      ],
    });
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io:4000']) {
      expect([host, await status(host)]).toEqual([host, 403]);
    }
  });

  test.each([
    ['http://localhost:4000', false, true],
    ['http://127.0.0.1:4000', false, true],
    ['https://flowmesh.example', false, false],
    ['http://localhost.flowmesh.example', false, false],
    ['http://localhost:4000', true, false],
  ])('for people who reach the product at %s, production %s: %s', (publicUrl, production, isShown) => {
    const mails = delivery(carrierOf(() => 'no channel').carrier, production, publicUrl);
    expect(mails.registerOutbox !== null).toBe(isShown);
  });

  test('only the latest 500 are kept', async () => {
    const mails = delivery(carrierOf(() => 'no channel').carrier);
    await pool.query(
      `insert into outgoing_mails (id, recipient, created_at)
       select 'm' || n, 'a@b.de', now() + n * interval '1 second' from generate_series(1, 510) as n`,
    );
    await mails.prune();
    const { rows } = await pool.query(
      'select count(*)::int as n, min(substr(id, 2)::int) as first from outgoing_mails',
    );
    expect(rows).toEqual([{ n: 500, first: 11 }]);
  });

  test('in production mails wait for a channel to be configured, and nobody can read them', async () => {
    let channel: Carried = 'no channel';
    const mails = delivery(carrierOf(() => channel).carrier, true);
    expect(mails.registerOutbox).toBeNull();
    await mails.enqueue(pool, 'ada@example.org', CONTENT);
    mails.start();
    await untilStored('it has failed', ([mail]) => mail?.last_error !== null);
    expect(await stored()).toMatchObject([{ attempts: 1, sent: false, failed: false, content: true }]);
    channel = 'taken';
    await pool.query('update outgoing_mails set next_attempt_at = now()');
    mails.poke();
    await untilStored('it is sent', ([mail]) => mail?.sent === true);
    expect(await stored()).toMatchObject([{ attempts: 2, content: false }]);
  });
});
