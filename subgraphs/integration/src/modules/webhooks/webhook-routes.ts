import { sendRefusal } from '@flowmesh/platform/server';
import type { Subgraph } from '@flowmesh/platform/subgraph';
import type { WebhookService } from './webhook-service.ts';

/** Below the public address of the product. */
const WEBHOOKS_PATH = '/services/integration/webhooks';
const MAX_BYTES = 256 * 1024;

export const webhookUrl = (publicUrl: string, integrationId: string): string =>
  `${publicUrl}${WEBHOOKS_PATH}/${integrationId}`;

/** Where services report. Anybody may call; only what is signed is believed. */
export function webhookRoutes(webhooks: WebhookService): NonNullable<Subgraph['registerRoutes']> {
  return (server) => {
    void server.register((routes, _options, done) => {
      // Signatures are over the bytes, whatever they are.
      routes.removeAllContentTypeParsers();
      routes.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BYTES }, (_request, body, parsed) =>
        parsed(null, body),
      );
      routes.post<{ Params: { id: string } }>(`${WEBHOOKS_PATH}/:id`, async ({ params, headers, body }, reply) => {
        const encoding = headers['content-encoding'] ?? 'identity';
        if (encoding.trim().toLowerCase() !== 'identity') {
          return sendRefusal(reply, 415, 'Webhooks must be sent without a content encoding.');
        }
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
        switch (await webhooks.receive(params.id, { headers, bytes })) {
          case 'RECEIVED':
          case 'RECEIVED_BEFORE':
            return reply.code(204).send();
          case 'NOT_FOUND':
            return sendRefusal(reply, 404, 'No webhooks are expected here.');
          case 'NOT_SIGNED':
            return sendRefusal(
              reply,
              401,
              'The webhook is not signed, or its signature does not match its body or is too old.',
            );
          case 'INVALID':
            return sendRefusal(reply, 400, 'The webhook cannot be stored: its body must be UTF-8 text without NUL.');
        }
      });
      done();
    });
  };
}
