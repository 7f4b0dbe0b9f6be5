import { sendRefusal } from '@flowmesh/platform/server';
import type { Subgraph } from '@flowmesh/platform/subgraph';
import type { ReceiptService } from './receipt-service.ts';

/** Below the public address of the product. */
export const TWILIO_CALLBACK_PATH = '/services/notification/callbacks/twilio';

const MAX_BYTES = 64 * 1024;
const FORM = 'application/x-www-form-urlencoded';

/** Where providers report. Anybody may call; only what is signed is believed. */
export function callbackRoutes(reports: ReceiptService, publicUrl: string): NonNullable<Subgraph['registerRoutes']> {
  return (server) => {
    void server.register((routes, _options, done) => {
      routes.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: MAX_BYTES }, (_request, body, parsed) =>
        parsed(null, Object.fromEntries(new URLSearchParams(String(body)))),
      );
      routes.post(TWILIO_CALLBACK_PATH, async (request, reply) => {
        const at = request.url.indexOf('?');
        const search = at < 0 ? '' : request.url.slice(at);
        const signature = request.headers['x-twilio-signature'];
        const isForm = request.headers['content-type']?.startsWith(FORM) ?? false;
        const believed =
          isForm &&
          (await reports.twilio({
            url: `${publicUrl}${TWILIO_CALLBACK_PATH}${search}`,
            signature: typeof signature === 'string' ? signature : undefined,
            fields: request.body as Record<string, string>,
          }));
        return believed
          ? reply.code(204).send()
          : sendRefusal(reply, 403, 'The report is not signed by an account that is configured.');
      });
      done();
    });
  };
}
