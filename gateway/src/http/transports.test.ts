import { Readable } from 'node:stream';
import { createClient } from 'graphql-ws';
import { request } from 'undici';
import { WebSocket } from 'ws';
import { startToyGraph, type ToyGraph } from '../test-support/toy-graph.ts';

let graph: ToyGraph;
let authorization: string;
beforeAll(async () => {
  graph = await startToyGraph();
  authorization = `Bearer ${await graph.token()}`;
});
afterAll(() => graph.stop());

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly Told[];
}
interface Told {
  readonly message: string;
  readonly extensions: { readonly code: string; readonly requestId?: string };
}
interface Asked {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

async function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(graph.url, {
    method: 'POST',
    headers: { ...JSON_HEADERS, authorization, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** `next` events of a stream that ends. */
function eventsOf(text: string): Body[] {
  const blocks = text.split('\n\n').filter((block) => block !== '' && block !== ':');
  expect(blocks.pop()).toBe('event: complete\ndata:');
  return blocks.map((block) => JSON.parse(block.replace(/^event: next\ndata: /, '')) as Body);
}

/** Payloads of a multipart answer that ends; beats are left out. */
function partsOf(text: string): { payload: Body | null; errors?: readonly Told[] }[] {
  expect(text.startsWith('--graphql\r\n')).toBe(true);
  expect(text.endsWith('\r\n--graphql--\r\n')).toBe(true);
  return text
    .split(/(?:^|\r\n)--graphql(?:--)?\r\n/)
    .filter((part) => part !== '')
    .map((part) => JSON.parse(part.replace(/^content-type: application\/json\r\n\r\n/, '')) as { payload: Body })
    .filter((part) => Object.keys(part).length > 0);
}

const accepting = (accept: string) => ({ accept });
const SSE = accepting('text/event-stream');
const MULTIPART = accepting('multipart/mixed;boundary="graphql";subscriptionSpec=1.0');

/** How each transport tells what it refuses: the first error, and by which means. */
const TRANSPORTS: Readonly<Record<string, (asked: Asked) => Promise<{ told: Told; how: string }>>> = {
  http: async (asked) => {
    const response = await post(asked);
    const { errors, data } = (await response.json()) as Body;
    expect([data, errors?.[0]?.extensions.requestId]).toEqual([undefined, response.headers.get('x-request-id')]);
    return { told: errors![0]!, how: String(response.status) };
  },
  sse: async (asked) => {
    const response = await post(asked, SSE);
    if (response.status === 200) {
      const [event, ...more] = eventsOf(await response.text());
      expect(more).toEqual([]);
      return { told: event!.errors![0]!, how: 'next, complete' };
    }
    return { told: ((await response.json()) as Body).errors![0]!, how: String(response.status) };
  },
  multipart: async (asked) => {
    const response = await post(asked, MULTIPART);
    return { told: ((await response.json()) as Body).errors![0]!, how: String(response.status) };
  },
  websocket: async (asked) => {
    const client = socket();
    const error: unknown = await client
      .iterate(asked as { query: string })
      .next()
      .catch((refusal: unknown) => refusal);
    await client.dispose();
    return { told: (error as Told[])[0]!, how: 'error' };
  },
};

const socket = (authorized: Record<string, unknown> = { authorization }, closed?: (event: unknown) => void) =>
  createClient({
    url: graph.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: authorized,
    ...(closed && { on: { closed } }),
  });

describe.each<[string, Asked, { code: string; status: number; message: RegExp }]>([
  ['a text that is no GraphQL', { query: '{' }, { code: 'GRAPHQL_PARSE_FAILED', status: 400, message: /Syntax Error/ }],
  [
    'a field that is not there',
    { query: '{ nothing }' },
    { code: 'GRAPHQL_VALIDATION_FAILED', status: 400, message: /^Cannot query field "nothing"/ },
  ],
  [
    'an unknown operation name',
    { query: 'query A { hello }', operationName: 'B' },
    { code: 'BAD_USER_INPUT', status: 400, message: /operationName/ },
  ],
  [
    'several operations and no name',
    { query: 'query A { hello } query B { hello }' },
    { code: 'BAD_USER_INPUT', status: 400, message: /operationName/ },
  ],
  [
    'a variable of the wrong type',
    { query: 'query ($n: Int!) { books(first: $n) { id } }', variables: { n: 'x' } },
    { code: 'BAD_USER_INPUT', status: 400, message: /n/ },
  ],
  [
    'what the viewer may not do',
    { query: 'mutation { rename(id: "1", title: "x") { id } }' },
    { code: 'FORBIDDEN', status: 403, message: /book:write/ },
  ],
])('%s', (_name, asked, { code, status, message }) => {
  it('is refused by the same words over each transport', async () => {
    const answers = await Promise.all(
      Object.entries(TRANSPORTS).map(async ([name, ask]) => [name, await ask(asked)] as const),
    );
    const told = answers.map(([, answer]) => answer.told);
    expect(new Set(told.map((each) => each.message)).size).toBe(1);
    expect(told[0]!.message).toMatch(message);
    expect(told.map((each) => each.extensions.code)).toEqual(told.map(() => code));
    expect(told.map((each) => typeof each.extensions.requestId)).toEqual(told.map(() => 'string'));
    expect(Object.fromEntries(answers.map(([name, answer]) => [name, answer.how]))).toEqual({
      http: String(status),
      sse: 'next, complete',
      multipart: String(status),
      websocket: 'error',
    });
    expect(graph.seen.titles).toEqual({});
  });
});

describe('credentials', () => {
  const reasons = async (token: string) => {
    const answers = await Promise.all(
      [{}, SSE, MULTIPART].map(async (headers) => {
        const response = await post({ query: '{ hello }' }, { ...headers, authorization: `Bearer ${token}` });
        const { errors } = (await response.json()) as Body;
        return [response.status, response.headers.get('www-authenticate'), errors![0]!.extensions.code];
      }),
    );
    let closed: unknown;
    const client = socket({ authorization: `Bearer ${token}` }, (event) => (closed = event));
    await client
      .iterate({ query: '{ hello }' })
      .next()
      .catch(() => undefined);
    const { code, reason } = closed as { code: number; reason: string };
    return { answers, closed: [code, reason] };
  };

  it('that have expired are told from those that are no good', async () => {
    const same = (code: string) => [1, 2, 3].map(() => [401, 'Bearer', code]);
    expect(await reasons(await graph.token({}, {}, '-1 s'))).toEqual({
      answers: same('ACCESS_TOKEN_EXPIRED'),
      closed: [4403, 'Access token expired'],
    });
    expect(await reasons('nonsense')).toEqual({
      answers: same('UNAUTHENTICATED'),
      closed: [4403, 'The access token is not valid. Sign in again.'],
    });
    const closed = await new Promise<unknown>((resolve) => {
      const raw = socket({ authorization: 'eyJhbGciOiJSUzI1NiJ9' }, resolve);
      raw.subscribe(
        { query: '{ hello }' },
        { next: () => undefined, error: () => undefined, complete: () => undefined },
      );
    });
    expect(closed).toMatchObject({
      code: 4403,
      reason: '`authorization` must be of the form `Bearer <access token>`.',
    });
  });

  it('in another place than the connection parameters are none over a WebSocket, and the words say where they go', async () => {
    const client = socket({ headers: { authorization } });
    const refusal: unknown = await client
      .iterate({ query: '{ books { id } }' })
      .next()
      .catch((error: unknown) => error);
    await client.dispose();
    expect((refusal as Told[])[0]!.message).toContain(
      'over a WebSocket as `authorization` in the connection parameters',
    );
  });

  it('that have expired do not stand in the way of mutations that anybody may use', async () => {
    const authorization = `Bearer ${await graph.token({}, {}, '-1 s')}`;
    const open = await post({ query: 'mutation { greet }' }, { authorization });
    expect([open.status, await open.json()]).toEqual([200, { data: { greet: 'hello, nobody' } }]);
    const closed = await post({ query: 'mutation { rename(id: "1", title: "x") { id } }' }, { authorization });
    const { errors } = (await closed.json()) as Body;
    expect([closed.status, errors![0]!.extensions.code]).toEqual([401, 'ACCESS_TOKEN_EXPIRED']);
  });

  it('that expire while a stream is open end it, and say so', async () => {
    const expiring = { authorization: `Bearer ${await graph.token({}, {}, '2 s')}` };
    let closed: unknown;
    const client = socket(expiring, (event) => (closed = event));
    const query = 'subscription { waiting { id } }';
    const stream = client.iterate({ query });
    await stream.next();
    const [sse, multipart] = await Promise.all([
      post({ query }, { ...SSE, ...expiring }),
      post({ query }, { ...MULTIPART, ...expiring }),
    ]);
    const requestId = sse.headers.get('x-request-id');
    const error = { message: expect.any(String) as string, extensions: { code: 'ACCESS_TOKEN_EXPIRED', requestId } };
    expect(eventsOf(await sse.text())).toEqual([{ data: { waiting: { id: '0' } } }, { errors: [error] }]);
    expect(partsOf(await multipart.text())).toEqual([
      { payload: { data: { waiting: { id: '0' } } } },
      {
        payload: null,
        errors: [{ ...error, extensions: { ...error.extensions, requestId: multipart.headers.get('x-request-id') } }],
      },
    ]);
    await stream.next().catch(() => undefined);
    expect(closed).toMatchObject({ code: 4403, reason: 'Access token expired' });
  });

  it('cannot be checked while auth is away: that is no fault of theirs', async () => {
    graph.away.identity = true;
    const token = await graph.token({ sid: 's-away' });
    try {
      const response = await post({ query: '{ hello }' }, { authorization: `Bearer ${token}` });
      expect([response.status, ((await response.json()) as Body).errors![0]!.extensions.code]).toEqual([
        503,
        'UNAVAILABLE',
      ]);
      let closed: unknown;
      const client = socket({ authorization: `Bearer ${token}` }, (event) => (closed = event));
      await client
        .iterate({ query: '{ hello }' })
        .next()
        .catch(() => undefined);
      expect(closed).toMatchObject({ code: 1013, reason: 'Try again later' });
    } finally {
      graph.away.identity = false;
    }
  });
});

describe('what is accepted', () => {
  const QUERY = { query: '{ hello }' };
  const SUBSCRIPTION = { query: 'subscription { counted(to: 1) { id } }' };
  const typeOf = async (asked: Asked, accept?: string) => {
    const response = await post(asked, accept === undefined ? {} : { accept });
    return [response.status, response.headers.get('content-type')?.split(';', 1)[0]];
  };
  const URQL =
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed';
  const APOLLO_SUBSCRIPTION =
    'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9';

  it.each<[string | undefined, string]>([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['application/graphql-response+json', 'application/graphql-response+json'],
    ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json'],
    ['application/json;q=0.2, application/graphql-response+json;q=0.8', 'application/graphql-response+json'],
    ['application/json, text/event-stream;q=0.9', 'application/json'],
    ['text/event-stream, application/json;q=0.1', 'application/json'],
    ['multipart/mixed;deferSpec=20220824,application/json', 'application/json'],
    [URQL, 'application/graphql-response+json'],
    ['text/event-stream', 'text/event-stream'],
    ['text/event-stream, multipart/mixed', 'text/event-stream'],
    ['multipart/mixed', 'multipart/mixed'],
    ['application/json;q=0, text/event-stream', 'text/event-stream'],
  ])('a query by %s is answered as %s', async (accept, type) => {
    expect(await typeOf(QUERY, accept)).toEqual([200, type]);
  });

  it.each<[string, string]>([
    ['text/event-stream', 'text/event-stream'],
    ['application/json, text/event-stream;q=0.1', 'text/event-stream'],
    ['text/event-stream;q=0.5, multipart/mixed', 'multipart/mixed'],
    [URQL, 'text/event-stream'],
    [APOLLO_SUBSCRIPTION, 'multipart/mixed'],
    ['multipart/mixed', 'multipart/mixed'],
  ])('a subscription by %s is answered as %s', async (accept, type) => {
    expect(await typeOf(SUBSCRIPTION, accept)).toEqual([200, type]);
  });

  it.each<[Asked, string | undefined, RegExp]>([
    [SUBSCRIPTION, undefined, /text\/event-stream/],
    [SUBSCRIPTION, '*/*', /text\/event-stream/],
    [SUBSCRIPTION, 'application/json', /text\/event-stream/],
    [SUBSCRIPTION, 'multipart/mixed;subscriptionSpec=2.0', /subscriptionSpec=1.0/],
    [QUERY, 'text/html', /application\/json/],
    [QUERY, ';;garbage', /application\/json/],
  ])('%j by %s is 406, and told what would be right', async (asked, accept, message) => {
    const response = await post(asked, accept === undefined ? {} : { accept });
    const { errors } = (await response.json()) as Body;
    expect([response.status, errors![0]!.extensions.code]).toEqual([406, 'BAD_REQUEST']);
    expect(errors![0]!.message).toMatch(message);
  });

  it('queries and subscriptions come as parts of Apollo’s protocol', async () => {
    const response = await post({ query: 'subscription { counted(to: 2) { id } }' }, { accept: APOLLO_SUBSCRIPTION });
    expect(response.headers.get('content-type')).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0');
    expect(partsOf(await response.text())).toEqual(
      ['0', '1'].map((id) => ({ payload: { data: { counted: { id } } } })),
    );
    expect(partsOf(await (await post(QUERY, MULTIPART)).text())).toEqual([{ payload: { data: { hello: 'world' } } }]);
  });
});

describe('methods', () => {
  const get = (query: string, headers: Record<string, string>) =>
    fetch(`${graph.url}?query=${encodeURIComponent(query)}`, { headers });
  const PREFLIGHTED = { 'apollo-require-preflight': 'true' };
  const MUTATION = 'mutation { rename(id: "1", title: "x") { id } }';

  it.each([{}, SSE, MULTIPART])('a mutation by GET is 405 whatever is accepted: %j', async (accept) => {
    const response = await get(MUTATION, { ...accept, ...PREFLIGHTED });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(graph.seen.titles).toEqual({});
  });

  it.each([{}, SSE, MULTIPART])(
    'what a page of another site could send is refused whatever is accepted: %j',
    async (accept) => {
      for (const response of [
        await get('{ hello }', accept),
        await get(MUTATION, accept),
        await get('subscription { counted(to: 1) { id } }', { ...accept, origin: 'https://evil.example' }),
        await get('{ hello }', { ...accept, 'sec-fetch-site': 'cross-site' }),
        await fetch(graph.url, {
          method: 'POST',
          headers: { ...accept, 'content-type': 'text/plain' },
          body: '{"query":"{ hello }"}',
        }),
      ]) {
        const { errors } = (await response.json()) as Body;
        expect([response.status, errors![0]!.extensions.code]).toEqual([400, 'BAD_REQUEST']);
      }
    },
  );

  it('a query by GET needs nothing else when it has a token: no page of another site could send one', async () => {
    const response = await get('{ hello }', { authorization });
    expect(await response.json()).toEqual({ data: { hello: 'world' } });
  });

  it('a subscription by GET is what an EventSource of our own page sends', async () => {
    const response = await get('subscription { clients }', { ...SSE, 'sec-fetch-site': 'same-origin' });
    expect(eventsOf(await response.text())).toMatchObject([{ data: { clients: ['127.0.0.1', 'node'] } }]);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is 405', async (method) => {
    for (const accept of [{}, SSE]) {
      const response = await fetch(graph.url, { method, headers: { ...accept, 'x-request-id': 'request-12345678' } });
      const { errors } = (await response.json()) as Body;
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
      expect(errors![0]!.extensions).toEqual({ code: 'BAD_REQUEST', requestId: 'request-12345678' });
    }
  });

  it('a reservation of graphql-sse is told that there are none', async () => {
    const response = await fetch(graph.url, { method: 'PUT' });
    expect(((await response.json()) as Body).errors![0]!.message).toContain('distinct connections mode');
    const other = await fetch(graph.url, { method: 'DELETE' });
    expect([other.status, ((await other.json()) as Body).errors![0]!.message]).toEqual([
      405,
      'Operations are sent by POST, queries and subscriptions also by GET.',
    ]);
  });
});

describe('bodies', () => {
  it('of somebody who is not signed in are small; an empty header makes nobody somebody', async () => {
    const large = { query: '{ hello }', variables: { t: 'x'.repeat(65_536) } };
    const small = { query: '{ hello }', variables: { t: 'x'.repeat(65_000) } };
    const said = 'Who is not signed in may send at most 65,536 bytes at once.';
    const refused = await post(large, { authorization: '' });
    const { errors } = (await refused.json()) as Body;
    expect([refused.status, errors![0]]).toMatchObject([413, { message: said, extensions: { code: 'TOO_LARGE' } }]);
    expect((await post(small, { authorization: '' })).status).toBe(200);
    expect((await post(large)).status).toBe(200);
    // In pieces, so that nobody knows how long it will be.
    const pieces =
      JSON.stringify({ query: '{ hello }', variables: { t: 'x'.repeat(300_000) } }).match(/.{1,50000}/g) ?? [];
    const inPieces = (token: Record<string, string>) =>
      request(graph.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...token },
        body: Readable.from(pieces),
      });
    expect((await inPieces({ authorization })).statusCode).toBe(200);
    for (const token of [{}, { authorization: 'Bearer nonsense' }]) {
      const answer = await inPieces(token as Record<string, string>);
      expect([answer.statusCode, await answer.body.json()]).toMatchObject([413, { errors: [{ message: said }] }]);
    }

    let closed: unknown;
    const stranger = socket({}, (event) => (closed = event));
    await stranger
      .iterate(large)
      .next()
      .catch(() => undefined);
    expect(closed).toMatchObject({ code: 4400, reason: said });
    const member = socket();
    expect((await member.iterate(large).next()).value).toEqual({ data: { hello: 'world' } });
    await member.dispose();
  });

  it.each<[string, unknown, RegExp]>([
    ['a batch', [{ query: '{ hello }' }], /Batches are not offered/],
    ['no JSON', '{', /^The body is not valid JSON/],
    ['nothing', '', /JSON object/],
    ['depth', `{"query":"{ hello }","variables":{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}}`, /nested more than/],
    ['a query that is none', { query: 1 }, /query/],
  ])('are refused by name: %s', async (_name, body, message) => {
    for (const accept of [{}, SSE, MULTIPART]) {
      const response = await post(body, accept);
      const { errors } = (await response.json()) as Body;
      expect([response.status, errors![0]!.extensions.code]).toEqual([400, 'BAD_REQUEST']);
      expect(errors![0]!.message).toMatch(message);
    }
  });

  it.each([
    ['by hash', { extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } }],
    ['without a text', { variables: {} }],
    ['with variables as a text', { query: '{ hello }', variables: '{}' }],
    ['with a name that is none', { query: '{ hello }', operationName: 1 }],
    ['with extensions as a list', { query: '{ hello }', extensions: [] }],
  ])('%s are refused over a WebSocket as over HTTP, and other operations go on', async (_name, payload) => {
    const overHttp = ((await (await post(payload)).json()) as Body).errors![0]!;
    const raw = new WebSocket(graph.url.replace('http', 'ws'), 'graphql-transport-ws');
    const told: { id: string; type: string; payload: unknown }[] = [];
    await new Promise<void>((resolve, reject) => {
      raw.on('close', (code) => reject(new Error(`closed with ${code}`)));
      raw.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8')) as (typeof told)[number];
        if (message.type === 'complete') return resolve();
        if (message.type !== 'connection_ack') return void told.push(message);
        raw.send(JSON.stringify({ type: 'subscribe', id: '1', payload }));
        raw.send(JSON.stringify({ type: 'subscribe', id: '2', payload: { query: '{ hello }' } }));
      });
      raw.on('open', () => raw.send('{"type":"connection_init"}'));
    });
    raw.terminate();
    const { message, extensions } = overHttp;
    expect(told).toMatchObject([
      { id: '1', type: 'error', payload: [{ message, extensions: { code: extensions.code } }] },
      { id: '2', type: 'next', payload: { data: { hello: 'world' } } },
    ]);
  });

  it('name the number that cannot be kept, over each transport', async () => {
    const number = '3544790567247868102';
    const text = `{"query":"{ hello }","variables":{"n":${number}}}`;
    const [http, raw] = [await post(text), new WebSocket(graph.url.replace('http', 'ws'), 'graphql-transport-ws')];
    const overHttp = ((await http.json()) as Body).errors![0]!;
    expect([http.status, overHttp.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    const answer = new Promise<{ type: string; payload: Told[] }>((resolve) => {
      raw.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8')) as { type: string; payload: Told[] };
        if (message.type === 'connection_ack') raw.send(`{"type":"subscribe","id":"1","payload":${text}}`);
        else resolve(message);
      });
    });
    raw.on('open', () => raw.send('{"type":"connection_init"}'));
    const { type, payload } = await answer;
    raw.terminate();
    expect([type, payload[0]!.message, payload[0]!.extensions.code]).toEqual([
      'error',
      overHttp.message,
      'BAD_USER_INPUT',
    ]);
  });
});
