import { WebSocket } from 'ws';
import { startToyGraph, type ToyGraph } from '../test-support/toy-graph.ts';

const APP = 'https://app.example.org';
let open: ToyGraph;
let closed: ToyGraph;
beforeAll(async () => {
  [open, closed] = await Promise.all([startToyGraph({ origins: [APP] }), startToyGraph()]);
});
afterAll(() => Promise.all([open.stop(), closed.stop()]));

const preflight = (graph: ToyGraph, origin: string) =>
  fetch(graph.url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });

const corsHeadersOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

test('pages of the origins that are allowed may ask, and are told for how long', async () => {
  const response = await preflight(open, APP);
  expect([response.status, corsHeadersOf(response)]).toEqual([
    204,
    {
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers':
        'accept, authorization, content-type, x-request-id, apollo-require-preflight, x-apollo-operation-name, apollographql-client-name, apollographql-client-version, mcp-protocol-version, a2a-version, last-event-id',
      'access-control-expose-headers': 'x-request-id, retry-after, www-authenticate',
      'access-control-max-age': '3600',
    },
  ]);
});

test('OPTIONS that asks for nothing in particular is no mistake', async () => {
  const response = await fetch(open.url, { method: 'OPTIONS', headers: { origin: APP } });
  expect([response.status, response.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, POST']);
});

test.each(['application/json', 'text/event-stream', 'multipart/mixed'])(
  'they can read answers as %s',
  async (accept) => {
    const response = await fetch(open.url, {
      method: 'POST',
      headers: { origin: APP, accept, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ hello }' }),
    });
    expect([response.status, corsHeadersOf(response)]).toEqual([
      200,
      {
        'access-control-allow-origin': APP,
        'access-control-expose-headers': 'x-request-id, retry-after, www-authenticate',
      },
    ]);
    expect(response.headers.get('vary')).toMatch(/origin/i);
    expect(await response.text()).toContain('world');
  },
);

test('they can read refusals too', async () => {
  const response = await fetch(open.url, {
    method: 'POST',
    headers: { origin: APP, 'content-type': 'application/json', authorization: 'Bearer nonsense' },
    body: JSON.stringify({ query: '{ hello }' }),
  });
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, APP]);
});

test('no others are allowed anything, and nobody is unless the setting says so', async () => {
  for (const [graph, origin] of [
    [open, 'https://evil.example'],
    [open, 'null'],
    [open, `${APP}.evil.example`],
    [closed, APP],
  ] as const) {
    const response = await preflight(graph, origin);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  }
});

const statusOf = (graph: ToyGraph, origin: string | undefined) =>
  new Promise<number>((resolve) => {
    const socket = new WebSocket(graph.url.replace('http', 'ws'), 'graphql-transport-ws', origin ? { origin } : {});
    socket.on('open', () => (socket.terminate(), resolve(101)));
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
    socket.on('error', () => undefined);
  });

test('sockets are opened for our own pages, allowed ones, and what is no browser', async () => {
  const own = new URL(open.url).origin;
  const opened = await Promise.all(
    [undefined, own, 'https://flowmesh.example.org', APP, 'https://evil.example', 'null', 'garbage'].map((origin) =>
      statusOf(open, origin),
    ),
  );
  expect(opened).toEqual([101, 101, 101, 101, 403, 403, 403]);
  expect(await statusOf(closed, APP)).toBe(403);
});
