import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTransport } from 'nodemailer';
import { Pool } from 'undici';
import { startSmtpDouble } from '../../subgraphs/notification/src/testing/doubles/smtp-double.ts';
import { sql } from '../harness/databases.ts';
import { configureChannel, configureWebhooks } from '../harness/notifications.ts';
import { startProduct, type Product } from '../harness/product.ts';
import type { Backend } from '../harness/test-config.ts';
import { until } from '@flowmesh/platform/testing';
import { administrator } from '../harness/users.ts';
import { printTable, type Row } from './table.ts';

const WEBHOOKS = 3_000;
const MAILS = 1_500;
const BULK = 10_000;
const CLIENTS = 64;
const CONNECTIONS = 5;
const TIMEOUT_MS = 300_000;
const TEXT = 'The nightly build has failed: 3 of 2,117 tests. '.repeat(10);

const SEND_BULK = `mutation Bulk($input: SendBulkNotificationsInput!) {
  sendBulkNotifications(input: $input) {
    __typename
    ... on SendBulkNotificationsSuccess { accepted refused bulk { id } }
    ... on MutationError { message }
  }
}`;

/** Notifications a second, beside what plain clients do with the same receivers; and 10,000 in one call. */
export async function benchmarkNotifications(databaseUrl: string, backends: readonly Backend[]): Promise<void> {
  const hooks = await startReceiver();
  const smtp = await startSmtpDouble();
  try {
    for (const backend of backends) {
      const product = await startProduct({ backend, databaseUrl, env: { NODE_ENV: 'production', LOG_LEVEL: 'warn' } });
      try {
        await configureWebhooks(product);
        await configureChannel(product, {
          channel: 'EMAIL',
          smtp: { host: smtp.host, port: smtp.port, security: 'OPPORTUNISTIC', from: 'Bench <bench@flowmesh.test>' },
        });
        await send(product, 'WEBHOOK', `${hooks.url}/warm-up`, 200);
        const webhooks = await send(product, 'WEBHOOK', hooks.url, WEBHOOKS);
        const mails = await send(product, 'EMAIL', 'somebody@flowmesh.test', MAILS);
        const rows: Row[] = [
          { name: 'to webhooks', value: WEBHOOKS / webhooks.seconds },
          { name: 'to a mail server', value: MAILS / mails.seconds },
          { name: `peer: plain POSTs, ${CLIENTS} at once`, value: await postsPerSecond(hooks.url) },
          { name: `peer: plain nodemailer, ${CONNECTIONS} connections`, value: await mailsPerSecond(smtp) },
        ];
        printTable(`Notifications from the call until all are delivered, queue on ${backend}`, '/s', rows);
        await measureBulk(product, hooks.url, backend);
      } finally {
        await product.stop();
      }
    }
  } finally {
    await smtp.stop();
    await hooks.stop();
  }
}

async function measureBulk(product: Product, url: string, backend: Backend): Promise<void> {
  const memory = watchMemory(product.child.process.pid!);
  const { acceptedSeconds, seconds } = await send(product, 'WEBHOOK', url, BULK);
  const { before, peak } = memory.stop();
  const note = `memory from ${before} MB to ${peak} MB at most`;
  printTable(`${BULK.toLocaleString('en')} recipients in one call, queue on ${backend}`, 's', [
    { name: 'until all are accepted', value: acceptedSeconds, note },
    { name: 'until all are delivered', value: seconds, note: `${Math.round(BULK / seconds)}/s` },
  ]);
}

/** One bulk to as many recipients, watched in the database to its end. */
async function send(product: Product, channel: 'WEBHOOK' | 'EMAIL', to: string, count: number) {
  const { graph } = await administrator(product);
  const recipient = (index: number) => (channel === 'EMAIL' ? `n${index}.${to}` : `${to}/hooks/${index}`);
  const recipients = Array.from({ length: count }, (_, index) => ({ recipient: recipient(index) }));
  const input = { channel, subject: 'Nightly build', content: TEXT, recipients };
  const begun = performance.now();
  const answer = await graph.mutate<{ accepted?: number; bulk?: { id: string } }>(SEND_BULK, { input });
  if (answer.accepted !== count) throw new Error(JSON.stringify(answer));
  const acceptedSeconds = (performance.now() - begun) / 1_000;
  const delivered = async () => {
    const rows = await sql<{ count: number }>(
      product,
      'notification',
      `select count(*)::int as count from notifications where bulk_id = $1 and status = 'DELIVERED'`,
      [answer.bulk!.id],
    );
    return rows[0]?.count === count;
  };
  await until(`all ${count} are delivered`, delivered, { timeoutMs: TIMEOUT_MS, everyMs: 50 });
  return { acceptedSeconds, seconds: (performance.now() - begun) / 1_000 };
}

/** Answers 204 and nothing else. */
async function startReceiver() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function perSecond(count: number, clients: number, work: () => Promise<unknown>): Promise<number> {
  let left = count;
  const begun = performance.now();
  const client = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: clients }, client));
  return count / ((performance.now() - begun) / 1_000);
}

async function postsPerSecond(url: string): Promise<number> {
  const pool = new Pool(url, { connections: CLIENTS });
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ type: 'notification', data: { subject: 'Nightly build', text: TEXT } });
  const post = async () => (await pool.request({ path: '/hooks/1', method: 'POST', headers, body })).body.dump();
  try {
    return await perSecond(WEBHOOKS, CLIENTS, post);
  } finally {
    await pool.close();
  }
}

async function mailsPerSecond({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  const transport = createTransport({ pool: true, host, port, secure: false, maxConnections: CONNECTIONS });
  const mail = { from: 'bench@flowmesh.test', to: 'somebody@flowmesh.test', subject: 'Nightly build', text: TEXT };
  try {
    return await perSecond(MAILS, CONNECTIONS * 2, () => transport.sendMail(mail));
  } finally {
    transport.close();
  }
}

/** Resident memory of a process (Linux), in MB. */
function watchMemory(pid: number) {
  const now = () => {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kilobytes) / 1_024);
  };
  const before = now();
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, now())), 50);
  return {
    stop: () => {
      clearInterval(timer);
      return { before, peak };
    },
  };
}
