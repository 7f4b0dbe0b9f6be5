import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import replyFrom from '@fastify/reply-from';
import { ANONYMOUS, VIEWER_HEADER, type SignViewer } from '@flowmesh/platform/access';
import { domainOf } from '@flowmesh/platform/domains';
import { ErrorCode } from '@flowmesh/platform/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ClientReader } from '../identity/client-reader.ts';

const DEADLINE_MS = 10_000;

/** Tells a service where a request comes from, signed. */
export interface Origin {
  readonly signViewer: SignViewer;
  readonly clientOf: ClientReader;
}

/**
 * Forwards public routes of services (callbacks of providers, links in messages) unchanged to their processes; in one
 * process the services answer themselves. No other internal route can be reached through the gateway.
 */
export async function forwardServiceRoutes(
  server: FastifyInstance,
  services: readonly { readonly name: string; readonly url: string }[],
  origin?: Origin,
): Promise<void> {
  for (const { name, url } of services) {
    const routes = domainOf(name).publicRoutes;
    if (!routes) continue;
    const signed = ({ raw }: FastifyRequest): IncomingHttpHeaders =>
      origin ? { [VIEWER_HEADER]: origin.signViewer(ANONYMOUS, name, origin.clientOf(raw)) } : {};
    await server.register(async (scope) => {
      await scope.register(replyFrom, {
        base: url.endsWith('/') ? url : `${url}/`,
        undici: { connections: 16, headersTimeout: DEADLINE_MS, bodyTimeout: DEADLINE_MS },
        disableRequestLogging: true,
      });
      // Raw bytes, because signatures cover them.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        '*',
        { parseAs: 'buffer', bodyLimit: routes.maxKilobytes * 1024 },
        (_request, body, parsed) => parsed(null, Readable.from([body])),
      );
      for (const path of routes.paths) {
        scope.route({
          method: ['GET', 'POST'],
          url: `/services/${name}/${path}`,
          handler: (request, reply) => {
            const path = plainPath(request.url);
            if (path === null) return reply.callNotFound();
            // Relative to a base that may have a path. The query string is appended unchanged.
            return reply.from(`.${path}`, {
              rewriteRequestHeaders: (_request, headers) => ({
                ...fromOutside(headers),
                ...signed(request),
                'x-request-id': request.id,
              }),
              onError: (answer) => {
                const extensions = { code: ErrorCode.unavailable, requestId: request.id };
                const message = `The ${name} service does not answer.`;
                void answer.code(502).send({ errors: [{ message, extensions }] });
              },
            });
          },
        });
      }
    });
  }
}

/**
 * The path of a request target, if all parsers interpret it the same way. Null for dot segments, backslashes and double
 * encoding, which could reach another internal route than the one that was matched.
 */
export function plainPath(target: string): string | null {
  const path = target.split(/[?#]/, 1)[0] ?? '';
  if (!URL.canParse(path, 'http://localhost')) return null;
  return new URL(path, 'http://localhost').pathname === path && !/%(25|2e|2f|5c)/i.test(path) ? path : null;
}

/** Without headers that only the gateway may set. */
const fromOutside = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== VIEWER_HEADER));
