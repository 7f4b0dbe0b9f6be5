import type { Subgraph } from '@flowmesh/platform/subgraph';
import { LINK_PATH } from './email-links.ts';
import type { EngagementStore } from './engagement-store.ts';
import type { LinkKind, LinkSigner } from './link-signer.ts';

const MAX_BYTES = 4 * 1024;
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
/** One that is opened again is counted again. */
const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
};

interface Request {
  readonly Params: { readonly token: string };
  readonly Querystring: { readonly url?: string; readonly undo?: string };
}

/** Where the links of messages lead. Anybody may follow them; only what was signed here does anything. */
export function linkRoutes(signer: LinkSigner, store: EngagementStore): NonNullable<Subgraph['registerRoutes']> {
  const idOf = (kind: LinkKind, token: string, about?: string) => signer.verify(kind, token, about);

  return (server) => {
    void server.register((routes, _options, done) => {
      routes.addHook('onSend', async (_request, reply) => void reply.headers(HEADERS));
      // What comes along is not looked at: RFC 8058 allows several forms.
      routes.removeAllContentTypeParsers();
      routes.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BYTES }, (_request, _body, parsed) =>
        parsed(null, null),
      );

      routes.get<Request>(`${LINK_PATH}/open/:token`, async ({ params }, reply) => {
        const id = idOf('open', params.token);
        if (id !== null) await store.record(id, 'OPEN');
        return reply.type('image/gif').send(PIXEL);
      });

      routes.get<Request>(`${LINK_PATH}/click/:token`, async ({ params, query }, reply) => {
        const url = typeof query.url === 'string' ? query.url : '';
        const id = idOf('click', params.token, url);
        if (id === null) return reply.code(404).type('text/html').send(page('This link is not valid.'));
        // Who follows a link has seen the message, whether or not its pictures were loaded.
        await store.record(id, 'OPEN');
        await store.record(id, 'CLICK', url);
        return reply.redirect(url, 302);
      });

      // Programs that look at links must not unsubscribe anybody: a person presses the button.
      routes.get<Request>(`${LINK_PATH}/unsubscribe/:token`, async ({ params }, reply) => {
        const id = idOf('unsubscribe', params.token);
        const subscription = id === null ? null : await store.subscription(id);
        if (!subscription) return reply.code(404).type('text/html').send(page('This link is not valid any more.'));
        const what = subscription.category === null ? 'these messages' : `messages about “${subscription.category}”`;
        return reply.type('text/html').send(page(`Do you want to get no more of ${what}?`, { button: 'Unsubscribe' }));
      });

      routes.post<Request>(`${LINK_PATH}/unsubscribe/:token`, async ({ params, query }, reply) => {
        const id = idOf('unsubscribe', params.token);
        if (id === null) return reply.code(404).type('text/html').send(page('This link is not valid any more.'));
        if (query.undo !== undefined) {
          await store.subscribeAgain(id);
          return reply.type('text/html').send(page('You will get them again.', { button: 'Unsubscribe', action: '?' }));
        }
        await store.unsubscribe(id);
        return reply.type('text/html').send(page('You will get no more of them.', { button: 'Undo', action: '?undo' }));
      });
      done();
    });
  };
}

function page(text: string, form?: { readonly button: string; readonly action?: string }): string {
  const button = form
    ? `<form method="post" action="${form.action ?? ''}"><button type="submit">${form.button}</button></form>`
    : '';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Notifications</title><p>${escapeHtml(text)}</p>${button}</html>`;
}

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
