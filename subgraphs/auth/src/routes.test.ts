import { createViewerSigner, VIEWER_HEADER, type IdentityProvider, type Viewer } from '@flowmesh/platform/access';
import fastify from 'fastify';
import { createRoutes } from './routes.ts';

const SECRET = 'an internal secret of the tests, long enough';
const state = { userId: 'u1', scopes: ['agent:read'] };
const identity: IdentityProvider = {
  jwks: async () => ({ keys: [{ kty: 'RSA', kid: 'k1' }] }),
  session: async (id) => (id === 's1' ? state : null),
};
const gateway: Viewer = { kind: 'service', service: 'gateway', userId: '', scopes: [] };

const server = fastify();
createRoutes(identity, SECRET)(server);
let url: string;
beforeAll(async () => {
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

async function session(id: string, signed?: string) {
  const headers = new Headers(signed === undefined ? [] : [[VIEWER_HEADER, signed]]);
  const response = await fetch(`${url}/internal/sessions/${id}`, { headers });
  return [response.status, await response.json()] as const;
}

test('the public keys may be kept for a while', async () => {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  expect([response.status, await response.json()]).toEqual([200, { keys: [{ kty: 'RSA', kid: 'k1' }] }]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'cache-control': 'public, max-age=300',
    'content-type': expect.stringMatching('^application/jwk-set[+]json'),
  });
});

test('sessions are shown to the gateway only', async () => {
  const sign = createViewerSigner(SECRET);
  const signed = await sign(gateway, 'auth');
  expect(await session('s1', signed)).toEqual([200, state]);
  expect((await session('s2', signed))[0]).toBe(404);
  const refused = [
    undefined,
    '',
    'nonsense',
    await sign(gateway, 'agent'),
    await sign({ ...gateway, service: 'workflow' }, 'auth'),
    await sign({ kind: 'user', userId: 'u1', scopes: ['*:*'], sessionId: 's1', expiresAt: 4e9 }, 'auth'),
    await createViewerSigner(`${SECRET}.`)(gateway, 'auth'),
  ];
  for (const header of refused) expect((await session('s1', header))[0]).toBe(401);
});
