import { sendRefusal } from '@flowmesh/platform/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { escapeHtml } from './compose-mail.ts';
import type { KeptMail, OutgoingMails } from './outgoing-mails.ts';

/** How many mails are kept for developers, and shown. */
export const OUTBOX_SIZE = 500;

const LOCAL_HOSTS = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;
const LOCAL_ADDRESSES = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * `GET /dev/outbox`: shows mails without a mail server, as HTML to browsers and as JSON otherwise; `?to=` selects one
 * address. The mails give access to accounts, so only programs on the same machine get them: no client behind a proxy,
 * and no page of another site, even with DNS rebinding. Never register it in production, or if `isLocalUrl` is false
 * for the address at which users reach the product.
 */
export function registerOutbox(server: FastifyInstance, mails: OutgoingMails): void {
  server.get<{ Querystring: { to?: string | string[] } }>('/dev/outbox', async (request, reply) => {
    if (!isLocal(request)) {
      return sendRefusal(reply, 403, 'The outbox is shown on the machine it runs on only.');
    }
    const { to } = request.query;
    const kept = await mails.latest(OUTBOX_SIZE, typeof to === 'string' ? to : null);
    void reply
      .header('cache-control', 'no-store')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
      .header('referrer-policy', 'no-referrer')
      .header('x-content-type-options', 'nosniff');
    if (!request.headers.accept?.includes('text/html')) return reply.send({ mails: kept });
    return reply.header('content-type', 'text/html; charset=utf-8').send(page(kept));
  });
}

/** Headers that proxies add: behind a local proxy, every connection comes from this machine. */
const FORWARDED =
  /^(via|cdn-loop|forwarded.*|x-(forwarded|original|real|envoy|azure|client|cluster).*|.*(client|connecting)-ip)$/;

/** Browsers and command-line clients use HTTP/1.1 and send one `host`; simple proxies use 1.0 and send their own. */
function isLocal({ socket, headers, raw }: FastifyRequest): boolean {
  return (
    LOCAL_ADDRESSES.has(socket.remoteAddress ?? '') &&
    LOCAL_HOSTS.test(headers.host ?? '') &&
    raw.httpVersion !== '1.0' &&
    raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length === 1 &&
    headers['sec-fetch-site'] !== 'cross-site' &&
    !Object.keys(headers).some((name) => FORWARDED.test(name))
  );
}

/** Whether users reach the product only on this machine; otherwise requests may come from anywhere. */
export const isLocalUrl = (url: string): boolean => LOCAL_HOSTS.test(new URL(url).host);

function page(mails: readonly KeptMail[]): string {
  const items = mails.map(
    ({ to, subject, text, createdAt }) =>
      `<article><h2>${escapeHtml(subject)}</h2><p>To ${escapeHtml(to)}, ${createdAt.toISOString()}</p>` +
      `<pre>${withLinks(text)}</pre></article>`,
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Outbox</title>',
    '<style>body{font:15px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}',
    'article{border-top:1px solid #ccc}h2{font-size:1.1em}pre{white-space:pre-wrap;overflow-wrap:anywhere}</style>',
    '</head><body><h1>Outbox</h1><p>Mails that would have been sent: SMTP_URL is not set.</p>',
    ...(items.length > 0 ? items : ['<p>There are none.</p>']),
    '</body></html>',
  ].join('\n');
}

/** The text as HTML, with its addresses as links. */
const withLinks = (text: string): string =>
  escapeHtml(text).replace(/https?:\/\/[^\s<>"']+/g, (url) => `<a href="${url}">${url}</a>`);
