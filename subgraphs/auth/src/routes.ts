import { createViewerVerifier, VIEWER_HEADER, type IdentityProvider } from '@flowmesh/platform/access';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

const questions = z.object({
  sessions: z.array(z.object({ sessionId: z.string(), tokenId: z.string() })).max(500),
});

/**
 * What auth answers besides the graph: `GET /.well-known/jwks.json`, public, and for gateways in other processes
 * `POST /internal/sessions`, to requests that `internalSecret` has signed for the gateway itself.
 */
export function createRoutes(identity: IdentityProvider, internalSecret: string): (server: FastifyInstance) => void {
  const verifyViewer = createViewerVerifier(internalSecret, 'auth');
  return (server) => {
    server.get('/.well-known/jwks.json', async (_request, reply) =>
      reply
        .header('cache-control', 'public, max-age=300')
        .header('content-type', 'application/jwk-set+json')
        .send(JSON.stringify(await identity.jwks())),
    );

    server.post('/internal/sessions', async ({ headers, body }, reply) => {
      void reply.header('cache-control', 'no-store');
      const signed = headers[VIEWER_HEADER];
      const viewer = (await verifyViewer(typeof signed === 'string' ? signed : undefined))?.viewer;
      if (viewer?.kind !== 'service' || viewer.service !== 'gateway') return refuse(reply.code(401), 'Not for you.');
      const parsed = questions.safeParse(body);
      if (!parsed.success) return refuse(reply.code(400), 'Not a list of sessions.');
      return reply.send({ sessions: await identity.sessions(parsed.data.sessions) });
    });
  };
}

const refuse = <Reply extends { send(body: object): Reply }>(reply: Reply, message: string): Reply =>
  reply.send({ errors: [{ message }] });
