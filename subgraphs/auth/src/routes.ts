import { createViewerVerifier, VIEWER_HEADER, type IdentityProvider } from '@flowmesh/platform/access';
import type { FastifyInstance } from 'fastify';

/**
 * What auth answers besides the graph: `GET /.well-known/jwks.json`, public, and for gateways in other processes
 * `GET /internal/sessions/:id`, to requests that `internalSecret` has signed for the gateway itself.
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

    server.get<{ Params: { id: string } }>('/internal/sessions/:id', async ({ headers, params }, reply) => {
      void reply.header('cache-control', 'no-store');
      const signed = headers[VIEWER_HEADER];
      const viewer = (await verifyViewer(typeof signed === 'string' ? signed : undefined))?.viewer;
      if (viewer?.kind !== 'service' || viewer.service !== 'gateway') return refuse(reply.code(401), 'Not for you.');
      const session = await identity.session(params.id);
      return session ? reply.send(session) : refuse(reply.code(404), 'There is no such session.');
    });
  };
}

const refuse = <Reply extends { send(body: object): Reply }>(reply: Reply, message: string): Reply =>
  reply.send({ errors: [{ message }] });
