import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createViewerSigner } from '@flowmesh/platform/access';
import { createLogger } from '@flowmesh/platform/logging';
import { ServiceCalls } from '@flowmesh/platform/resilience';
import { createAuthentication } from './authentication.ts';
import { createRemoteIdentity } from './remote-identity.ts';
import { TokenVerifier } from './token-verifier.ts';

const signViewer = createViewerSigner('a secret that is long enough for tests');

const calls = () => new ServiceCalls({ name: 'auth', probe: () => Promise.resolve() });

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly err?: { readonly message: string };
}

function logged() {
  const lines: Line[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Line);
  return { lines, logger: createLogger({ level: 'info', name: 'test' }, { write }) };
}

async function serve(answer: string, path: string) {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url);
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, seen, stop };
}

test('what it asks is below the path of its address', async () => {
  const { url, seen, stop } = await serve('{"sessions":[null],"apiKeys":[null],"keys":[]}', '/inside/');
  const identity = createRemoteIdentity(url, signViewer, calls(), logged().logger);
  expect(await identity.sessions([{ sessionId: 's', tokenId: 't' }])).toEqual([null]);
  expect(await identity.apiKeys(['h'])).toEqual([null]);
  expect(await identity.jwks()).toEqual({ keys: [] });
  expect(seen).toEqual(['/inside/internal/sessions', '/inside/internal/api-keys', '/inside/.well-known/jwks.json']);
  await identity.close();
  await stop();
});

test.each([
  ['does not answer', null, 'The auth service does not answer; try again.', /ECONNREFUSED/],
  [
    'answers something else',
    '{"keys":"none"}',
    'The auth service gave an answer that cannot be used; try again.',
    /keys/,
  ],
  ['answers no JSON', '<html>', 'The auth service does not answer; try again.', /JSON/],
])(
  'when it %s, that is UNAVAILABLE and no fault of the credentials; the log knows why',
  async (_name, body, message, why) => {
    const { url, stop } = await serve(body ?? '', '');
    if (body === null) await stop();
    const { lines, logger } = logged();
    const identity = createRemoteIdentity(url, signViewer, calls(), logger);
    const authenticate = createAuthentication(new TokenVerifier(identity), logger);
    const token = 'eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsxIn0.e30.c2ln';
    const client = { address: '192.0.2.1', userAgent: null };
    await expect(authenticate(`Bearer ${token}`, client)).rejects.toMatchObject({
      message,
      extensions: { code: 'UNAVAILABLE' },
    });
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([[40, 'a subgraph does not answer']]);
    expect(lines[0]?.err?.message).toMatch(why);
    await identity.close();
    if (body !== null) await stop();
  },
);
