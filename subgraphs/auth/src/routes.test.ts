import {
  createViewerSigner,
  VIEWER_HEADER,
  type ApiKeyState,
  type IdentityProvider,
  type Viewer,
} from '@flowmesh/platform/access';
import fastify from 'fastify';
import { createRoutes } from './routes.ts';

const SECRET = 'an internal secret of the tests, long enough';
const state = { userId: 'u1', scopes: ['agent:read'], recentUntil: 1e9, mfaEnrolmentRequired: false };
const HASH = 'a'.repeat(64);
const keyState: ApiKeyState = { keyId: 'k', userId: 'u1', principal: 'user', scopes: ['agent:read'], expiresAt: 4e9 };
const identity: IdentityProvider = {
  jwks: async () => ({ keys: [{ kty: 'RSA', kid: 'k1' }] }),
  sessions: async (questions) => questions.map(({ sessionId }) => (sessionId === 's1' ? state : null)),
  apiKeys: async (hashes) => hashes.map((hash) => (hash === HASH ? keyState : null)),
};
const gateway: Viewer = { kind: 'service', service: 'gateway', userId: '', scopes: [] };

const server = fastify();
createRoutes(identity, SECRET)(server);
let url: string;
beforeAll(async () => {
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

const sessions = (body: object, signed?: string) => ask('sessions', body, signed);

async function ask(path: string, body: object, signed?: string) {
  const response = await fetch(`${url}/internal/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(signed !== undefined && { [VIEWER_HEADER]: signed }) },
    body: JSON.stringify(body),
  });
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
  const signed = sign(gateway, 'auth');
  const question = { sessions: ['s1', 's2'].map((sessionId) => ({ sessionId, tokenId: 't' })) };
  expect(await sessions(question, signed)).toEqual([200, { sessions: [state, null] }]);
  for (const wrong of [{}, { sessions: ['s1'] }, { sessions: Array(501).fill(question.sessions[0]) }]) {
    expect((await sessions(wrong, signed))[0]).toBe(400);
  }
  const refused = [
    undefined,
    '',
    'nonsense',
    sign(gateway, 'agent'),
    sign({ ...gateway, service: 'workflow' }, 'auth'),
    sign({ kind: 'user', userId: 'u1', scopes: ['*:*'], sessionId: 's1', expiresAt: 4e9, recentUntil: 4e9 }, 'auth'),
    createViewerSigner(`${SECRET}.`)(gateway, 'auth'),
  ];
  for (const header of refused) expect((await sessions(question, header))[0]).toBe(401);
});

test('API keys are shown to the gateway only, by their hashes', async () => {
  const sign = createViewerSigner(SECRET);
  const signed = sign(gateway, 'auth');
  const question = { hashes: [HASH, 'b'.repeat(64)] };
  expect(await ask('api-keys', question, signed)).toEqual([200, { apiKeys: [keyState, null] }]);
  for (const wrong of [{}, { hashes: ['fm_x'] }, { hashes: Array<string>(501).fill(HASH) }]) {
    expect((await ask('api-keys', wrong, signed))[0]).toBe(400);
  }
  for (const header of [undefined, 'nonsense', sign({ ...gateway, service: 'workflow' }, 'auth')]) {
    expect((await ask('api-keys', question, header))[0]).toBe(401);
  }
});
