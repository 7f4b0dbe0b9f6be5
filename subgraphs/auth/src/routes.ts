import { createViewerVerifier, VIEWER_HEADER, type IdentityProvider } from '@flowmesh/platform/access';
import { sendRefusal } from '@flowmesh/platform/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { MailDelivery } from './mails/index.ts';

const hashList = z.object({ hashes: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(500) });
const questions = z.object({
  sessions: z.array(z.object({ sessionId: z.string(), tokenId: z.string() })).max(500),
});

/**
 * Routes of auth besides the graph: `GET /.well-known/jwks.json`, public, and for gateways in other processes
 * `POST /internal/sessions` and `POST /internal/api-keys`, to requests that `internalSecret` has signed for the gateway
 * itself; and the outbox for developers, if enabled.
 */
export function createRoutes(
  identity: IdentityProvider,
  internalSecret: string,
  registerOutbox: MailDelivery['registerOutbox'] = null,
): (server: FastifyInstance) => void {
  const verifyViewer = createViewerVerifier(internalSecret, 'auth');
  const gatewayOnly = async ({ headers }: FastifyRequest, reply: FastifyReply) => {
    void reply.header('cache-control', 'no-store');
    const signed = headers[VIEWER_HEADER];
    const viewer = verifyViewer(typeof signed === 'string' ? signed : undefined)?.viewer;
    if (viewer?.kind !== 'service' || viewer.service !== 'gateway') await sendRefusal(reply, 401, 'Not for you.');
  };
  return (server) => {
    registerOutbox?.(server);
    server.get('/.well-known/jwks.json', async (_request, reply) =>
      reply
        .header('cache-control', 'public, max-age=300')
        .header('content-type', 'application/jwk-set+json')
        .send(JSON.stringify(await identity.jwks())),
    );

    server.post('/internal/sessions', { preHandler: gatewayOnly }, async ({ body }, reply) => {
      const parsed = questions.safeParse(body);
      if (!parsed.success) return sendRefusal(reply, 400, 'Not a list of sessions.');
      return reply.send({ sessions: await identity.sessions(parsed.data.sessions) });
    });

    server.post('/internal/api-keys', { preHandler: gatewayOnly }, async ({ body }, reply) => {
      const parsed = hashList.safeParse(body);
      if (!parsed.success) return sendRefusal(reply, 400, 'Not a list of hashes.');
      return reply.send({ apiKeys: await identity.apiKeys(parsed.data.hashes) });
    });
  };
}
