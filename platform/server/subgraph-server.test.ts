import type { FastifyInstance } from 'fastify';
import { parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { Registry } from 'prom-client';
import { WebSocket } from 'ws';
import { createViewerSigner, createViewerVerifier, VIEWER_HEADER, type Viewer } from '../access/index.ts';
import { createLocalSource, createRemoteSource, type CallContext } from '../federation/index.ts';
import { buildSubgraphSchema } from '../graphql/index.ts';
import { Lifecycle } from '../lifecycle/index.ts';
import { createLogger } from '../logging/index.ts';
import { createHttpServer, listen } from './http-server.ts';
import { registerProbes } from './probes.ts';
import { registerSubgraphHttp } from './subgraph-http.ts';
import { registerSubgraphSocket } from './subgraph-socket.ts';

const SECRET = 'a secret of at least thirty-two characters';
const logger = createLogger({ level: 'silent', name: 'test' });
const metrics = new Registry();
const lifecycle = new Lifecycle(logger);
const alice: Viewer = { kind: 'user', userId: 'alice', scopes: ['thing:read'], sessionId: 's', expiresAt: 4e9 };

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  directive @access(public: Boolean! = false, scopes: [[String!]!]! = []) on FIELD_DEFINITION | OBJECT
  type Thing @key(fields: "id") @access(scopes: [["thing:read"]]) { id: ID! }
  type Query @access(scopes: [["thing:read"]]) { whoAsks: String!  whereFrom: [String] fails: String  slow: String }
  type Subscription @access(scopes: [["thing:read"]]) { count: Int!  whereFrom: [String] }
`);

let url: string;
let server: FastifyInstance;
let downstream: Error | null = null;
const slowCalls: AbortSignal[] = [];

beforeAll(async () => {
  const built = buildSubgraphSchema(typeDefs, {
    Thing: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
    Query: {
      whoAsks: (_root: unknown, _args: unknown, { viewer, requestId }: CallContext) =>
        `${viewer.kind === 'user' ? viewer.userId : viewer.kind} ${requestId}`,
      whereFrom: (_root: unknown, _args: unknown, { client }: CallContext) => [client?.address, client?.userAgent],
      fails: () => {
        throw new Error('password of the database: hunter2');
      },
      slow: (_root: unknown, _args: unknown, { signal }: CallContext) =>
        new Promise((resolve) => {
          if (!signal) return resolve('without a signal');
          slowCalls.push(signal);
          signal.addEventListener('abort', () => resolve('aborted'));
        }),
    },
    Subscription: {
      whereFrom: {
        subscribe: async function* (_root: unknown, _args: unknown, { client }: CallContext) {
          yield { whereFrom: [client?.address, client?.userAgent] };
        },
      },
      count: {
        subscribe: async function* () {
          for (const count of [1, 2, 3]) yield { count };
        },
      },
    },
  });
  const subgraph = {
    name: 'things',
    version: '1.2.3',
    description: 'Things.',
    ...built,
    createContext: (call: CallContext) => call,
    checks: [
      { name: 'database', check: async () => undefined },
      {
        name: 'queue',
        check: async () => {
          if (downstream) throw downstream;
        },
      },
    ],
    start: async () => undefined,
  };
  server = createHttpServer({ logger, metrics });
  registerProbes(server, subgraph, { metrics, lifecycle, logger });
  const access = {
    subgraph,
    source: createLocalSource(subgraph, logger),
    verifyViewer: createViewerVerifier(SECRET, 'things'),
    logger,
  };
  await registerSubgraphHttp(server, access);
  registerSubgraphSocket(server, access);
  url = `http://127.0.0.1:${await listen(server, { host: '127.0.0.1', port: 0 }, lifecycle)}`;
});

afterAll(() => lifecycle.stop());

const signed = (viewer = alice, audience = 'things', secret = SECRET) => createViewerSigner(secret)(viewer, audience);

async function post(query: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return {
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    body: (await response.json()) as unknown,
  };
}

const refusal = {
  errors: [
    {
      message: 'This service answers the gateway only.',
      extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) },
    },
  ],
};

describe('HTTP', () => {
  it.each([
    '{ whoAsks }',
    '{ __schema { types { name } } }',
    '{ _service { sdl } }',
    '{ _entities(representations: []) { __typename } }',
  ])('refuses %s without a signed viewer', async (query) => {
    for (const header of [undefined, 'nonsense', signed(alice, 'others'), signed(alice, 'things', `${SECRET}!`)]) {
      const answer = await post(query, header === undefined ? {} : { [VIEWER_HEADER]: header });
      expect([answer.status, answer.body]).toEqual([401, refusal]);
    }
  });

  it('answers the viewer that is signed, under the request id of the caller', async () => {
    const answer = await post('{ whoAsks }', { [VIEWER_HEADER]: signed(), 'x-request-id': 'request-0001' });
    expect(answer).toEqual({
      status: 200,
      requestId: 'request-0001',
      body: { data: { whoAsks: 'alice request-0001' } },
    });
  });

  it('refuses a viewer without the scope, and tells nothing of unexpected errors', async () => {
    const other = await post('{ whoAsks }', { [VIEWER_HEADER]: signed({ ...alice, scopes: [] }) });
    expect(other.body).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    const failed = await post('{ fails }', { [VIEWER_HEADER]: signed(), 'x-request-id': 'request-0002' });
    expect(failed.body).toEqual({
      data: { fails: null },
      errors: [
        {
          message: 'Something went wrong on our side. The request id tells us what.',
          path: ['fails'],
          extensions: { code: 'INTERNAL', requestId: 'request-0002' },
        },
      ],
    });
  });

  it('aborts work when the caller goes away', async () => {
    const source = createRemoteSource({
      name: 'things',
      url,
      signViewer: createViewerSigner(SECRET),
      asksToWait: () => false,
      idleCloseMs: 50,
    });
    const leave = new AbortController();
    const call = { viewer: alice, requestId: 'request-0003', signal: leave.signal };
    const answer = source.execute({ query: '{ slow }' }, call).catch((error: unknown) => error);
    while (slowCalls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    leave.abort();
    expect(await answer).toMatchObject({ name: 'AbortError' });
    await new Promise<void>((resolve) => {
      if (slowCalls[0]!.aborted) resolve();
      else slowCalls[0]!.addEventListener('abort', () => resolve());
    });
    await source.close();
  });

  it('answers 405 and 413 as JSON', async () => {
    const headers = { [VIEWER_HEADER]: signed() };
    expect((await fetch(`${url}/graphql`, { headers })).status).toBe(405);
    const large = await post(`{ whoAsks } # ${'x'.repeat(20_000_000)}`, headers);
    expect([large.status, large.body]).toMatchObject([413, { errors: [{ extensions: { code: 'TOO_LARGE' } }] }]);
  });
});

it('learns where the client is, from what the gateway has signed', async () => {
  const source = createRemoteSource({
    name: 'things',
    url,
    signViewer: createViewerSigner(SECRET),
    asksToWait: () => false,
    idleCloseMs: 50,
  });
  const query = '{ whereFrom }';
  for (const client of [
    { address: '198.51.100.7', userAgent: 'One/1.0' },
    { address: '2001:db8::1', userAgent: null },
    { address: null, userAgent: null },
  ]) {
    const call = { viewer: alice, requestId: 'request-0005', client };
    const whereFrom = [client.address, client.userAgent];
    expect(await source.execute({ query }, call)).toEqual({ data: { whereFrom } });
    const stream = await source.subscribe({ query: `subscription ${query}` }, call);
    expect(await (stream as AsyncIterableIterator<unknown>).next()).toEqual({
      done: false,
      value: { data: { whereFrom } },
    });
  }
  await source.close();
  // What anybody could write counts for nothing.
  const answer = await post(query, { [VIEWER_HEADER]: signed(), 'x-forwarded-for': '203.0.113.1' });
  expect(answer.body).toEqual({ data: { whereFrom: [null, null] } });
});

describe('WebSocket', () => {
  it('carries subscriptions of the viewer signed in each operation', async () => {
    const source = createRemoteSource({
      name: 'things',
      url,
      signViewer: createViewerSigner(SECRET),
      asksToWait: () => false,
      idleCloseMs: 50,
    });
    const stream = await source.subscribe(
      { query: 'subscription { count }' },
      { viewer: alice, requestId: 'request-0004' },
    );
    const counts: unknown[] = [];
    for await (const { data } of stream as AsyncIterable<{ data?: unknown }>) counts.push(data);
    expect(counts).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }]);
    await source.close();
  });

  it('refuses a connection, and an operation, that are not signed', async () => {
    const connect = (connectionParams: Record<string, unknown>) =>
      createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams,
      });
    const first = async (client: ReturnType<typeof createClient>) => {
      try {
        return await client.iterate({ query: 'subscription { count }' }).next();
      } catch (error) {
        return error;
      } finally {
        await client.dispose();
      }
    };
    expect(await first(connect({}))).toMatchObject({ code: 4401 });
    const refused = await first(connect({ [VIEWER_HEADER]: signed() }));
    expect(refused).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('probes', () => {
  it('name what the service depends on, and are 503 when something of it is down', async () => {
    const ready = async () => {
      const response = await fetch(`${url}/health/ready`);
      return [response.status, await response.json()] as const;
    };
    const check = (name: string, status: string) => ({ name, status, latencyMs: expect.any(Number) as number });
    expect(await ready()).toEqual([
      200,
      { status: 'ready', name: 'things', checks: [check('database', 'up'), check('queue', 'up')] },
    ]);
    downstream = new Error('secret address of the queue');
    expect(await ready()).toEqual([
      503,
      { status: 'not ready', name: 'things', checks: [check('database', 'up'), check('queue', 'down')] },
    ]);
    downstream = null;
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await (await fetch(`${url}/info`)).json()).toEqual({
      name: 'things',
      version: '1.2.3',
      description: 'Things.',
      startedAt: expect.any(String) as string,
      uptimeSeconds: expect.any(Number) as number,
    });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('http_request_duration_seconds_bucket');
  });
});
