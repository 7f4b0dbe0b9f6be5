import { getIntrospectionQuery } from 'graphql';
import { serverAudits } from 'graphql-http';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { until } from '@flowmesh/platform/testing';
import { startToyGraph, type ToyGraph } from './test-support/toy-graph.ts';

let graph: ToyGraph;
let authorization: string;

beforeAll(async () => {
  graph = await startToyGraph();
  authorization = `Bearer ${await graph.token()}`;
});
afterAll(() => graph.stop());

interface Answer {
  status: number;
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown; extensions: Record<string, unknown> }[];
}

async function post(
  query: string,
  options: { variables?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(graph.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization, ...options.headers },
    body: JSON.stringify({ query, variables: options.variables }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

const codeOf = (answer: Answer) => answer.errors?.[0]?.extensions.code;

function socket(token: string) {
  const closed: { code?: number } = {};
  const client = createClient({
    url: graph.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: token },
    on: { closed: (event) => Object.assign(closed, { code: (event as { code: number }).code }) },
  });
  return { client, closed };
}

describe('queries', () => {
  it('joins two subgraphs with one batch', async () => {
    graph.seen.authorBatches.length = 0;
    const answer = await post('{ books(first: 3) { title writtenBy: author { name } } }');
    expect(answer.data).toEqual({
      books: [0, 1, 2].map((i) => ({ title: `Book ${i}`, writtenBy: { name: `Author a${i}` } })),
    });
    expect(graph.seen.authorBatches).toEqual([['a0', 'a1', 'a2']]);
  });

  it('answers GET, and refuses a mutation by GET', async () => {
    const get = (query: string) =>
      fetch(`${graph.url}?query=${encodeURIComponent(query)}`, {
        headers: { authorization, 'apollo-require-preflight': 'true' },
      });
    expect(await (await get('{ hello }')).json()).toEqual({ data: { hello: 'world' } });
    expect((await get('mutation { rename(id: "1", title: "x") { id } }')).status).toBe(405);
    expect(graph.seen.titles).toEqual({});
  });

  it('masks what nobody has foreseen, and gives the request id', async () => {
    const answer = await post('{ broken }', { headers: { 'x-request-id': 'request-12345678' } });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL', requestId: 'request-12345678' });
  });

  it('hands on what a subgraph says to clients', async () => {
    const answer = await post('{ busy }', { headers: { 'x-request-id': 'request-12345678' } });
    expect(answer.errors).toEqual([
      expect.objectContaining({
        message: 'Too many tries. Try again in 7 s.',
        path: ['busy'],
        extensions: { code: 'RATE_LIMITED', retryAfter: 7, requestId: 'request-12345678' },
      }),
    ]);
  });
});

describe('the schema, where it is not for everybody', () => {
  it('is for those who may see what its fields ask', async () => {
    const closed = await startToyGraph({ introspection: false });
    const ask = async (query: string, headers: Record<string, string> = {}) => {
      const response = await fetch(closed.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      const { data, errors = [] } = (await response.json()) as Omit<Answer, 'status'>;
      return {
        status: response.status,
        data,
        errors: errors.map(({ message, extensions }) => [extensions['code'], message]),
      };
    };
    const rule = 'Here the schema is shown to those who hold access:read';
    try {
      const token = { authorization: `Bearer ${await closed.token()}` };
      // One sentence, whatever is asked: tools show all errors there are.
      for (const query of [
        getIntrospectionQuery(),
        '{ hello ...F } fragment F on Query { __type(name: "Book") { name } }',
      ]) {
        expect(await ask(query)).toEqual({
          status: 401,
          data: undefined,
          errors: [
            [
              'UNAUTHENTICATED',
              `${rule}: sign in, send \`Authorization: Bearer <access token>\`, and ask for it again.`,
            ],
          ],
        });
        expect(await ask(query, token)).toEqual({
          status: 403,
          data: undefined,
          errors: [['FORBIDDEN', `${rule}; you do not.`]],
        });
      }
      expect(await ask('{ hello __typename }')).toMatchObject({ status: 200, data: { hello: 'world' } });
      closed.sessions.set('s2', { userId: 'u1', scopes: ['access:*'], recentUntil: 0, mfaEnrolmentRequired: false });
      const allowed = { authorization: `Bearer ${await closed.token({ sid: 's2' })}` };
      const { status, data } = await ask(getIntrospectionQuery(), allowed);
      expect([status, Object.keys(data ?? {})]).toEqual([200, ['__schema']]);
    } finally {
      await closed.stop();
    }
  });
});

describe('the address of a client', () => {
  const QUERY = '{ client }';
  const overSocket = async (url: string, headers: Record<string, string>) => {
    class Browser extends WebSocket {
      constructor(address: string, protocols?: string | string[]) {
        super(address, protocols, { headers });
      }
    }
    const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: Browser, retryAttempts: 0 });
    const results: unknown[] = [];
    for (const query of [QUERY, 'subscription { clients }']) {
      for await (const { data } of client.iterate({ query })) results.push(data?.client ?? data?.clients);
    }
    await client.dispose();
    return results;
  };
  const overHttp = async (url: string, headers: Record<string, string>) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: QUERY }),
    });
    return ((await response.json()) as { data: { client: unknown } }).data.client;
  };
  const headers = { 'user-agent': 'Test/1.0', 'x-forwarded-for': '203.0.113.1, 198.51.100.7' };

  it('is the one of the peer, whatever the request says of itself', async () => {
    const peer = ['127.0.0.1', 'Test/1.0'];
    expect(await overHttp(graph.url, headers)).toEqual(peer);
    expect(await overSocket(graph.url, headers)).toEqual([peer, peer]);
  });

  it('is what a trusted proxy has seen, and nothing that stands to the left of it', async () => {
    const behindProxy = await startToyGraph({ trustProxy: ['loopback'] });
    try {
      const seen = ['198.51.100.7', 'Test/1.0'];
      expect(await overHttp(behindProxy.url, headers)).toEqual(seen);
      expect(await overSocket(behindProxy.url, headers)).toEqual([seen, seen]);
      const forwarded = async (value: string) =>
        ((await overHttp(behindProxy.url, { 'x-forwarded-for': value })) as unknown[])[0];
      expect(await forwarded('::ffff:198.51.100.8')).toBe('198.51.100.8');
      expect(await forwarded('2001:DB8:0::1')).toBe('2001:db8::1');
      expect(await forwarded('not an address')).toBe('127.0.0.1');
    } finally {
      await behindProxy.stop();
    }
  });
});

describe('access', () => {
  it.each([
    ['anonymous', { authorization: '' }, '{ books { id } }', 'UNAUTHENTICATED'],
    [
      'anonymous, in a fragment',
      { authorization: '' },
      '{ ...F } fragment F on Query { author(id: "1") { id } }',
      'UNAUTHENTICATED',
    ],
    ['a missing scope', {}, 'mutation { rename(id: "1", title: "x") { id } }', 'FORBIDDEN'],
  ])('refuses %s before anything is executed', async (_name, headers, query, code) => {
    const answer = await post(query, { headers: headers as Record<string, string> });
    expect(codeOf(answer)).toBe(code);
    expect(answer.data ?? null).toBeNull();
    expect(graph.seen.titles).toEqual({});
  });

  it('lets anybody use a public field', async () => {
    expect((await post('{ hello }', { headers: { authorization: '' } })).data).toEqual({ hello: 'world' });
  });

  it('answers 401 to a token that has expired, with a code of its own', async () => {
    const authorization = `Bearer ${await graph.token({}, {}, '-1 s')}`;
    const answer = await post('{ hello }', { headers: { authorization } });
    expect([answer.status, codeOf(answer)]).toEqual([401, 'ACCESS_TOKEN_EXPIRED']);
  });

  it('answers 401 to a token that is not good', async () => {
    const forged = [
      await graph.token({}, { typ: 'JWT' }),
      await graph.token({ sid: 'unknown' }),
      await graph.token({}, { kid: 'other' }),
      `${await graph.token()}x`,
      'eyJhbGciOiJub25lIn0.e30.',
    ];
    for (const token of forged) {
      const answer = await post('{ hello }', { headers: { authorization: `Bearer ${token}` } });
      expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
    }
  });
});

describe('limits', () => {
  const nested = (depth: number) => `{ books(first: 1) { ${'sequel { '.repeat(depth)}id${' }'.repeat(depth)} } }`;

  it.each([
    ['depth', nested(200), /depth/i],
    [
      'aliases',
      `{ books { ${Array.from({ length: 201 }, (_e, i) => `a${i}: id`).join(' ')} } }`,
      /at most 200 aliases/,
    ],
    ['root fields', `{ ${Array.from({ length: 21 }, (_e, i) => `a${i}: hello`).join(' ')} }`, /at most 20 fields at/],
    ['tokens', `{ ${'hello '.repeat(5_001)} }`, /token/i],
    ['cost', '{ books(first: 60000) { id } }', /more than the 25,000 of one operation/],
    ['cost by variable', 'query($n: Int = 60000) { books(first: $n) { id } }', /more than the 25,000 of one operation/],
  ])('refuses too much %s with a reason', async (_name, query, message) => {
    const answer = await post(query);
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors?.map((error) => error.message).join(' ')).toMatch(message);
    expect(answer.status).toBeLessThan(500);
  });

  it('names where a NUL character is', async () => {
    const answer = await post('query($t: String) { books(first: 1) { note(text: $t) } }', {
      variables: { t: 'a\u0000b' },
    });
    expect([codeOf(answer), answer.errors?.[0]?.extensions.argument]).toEqual(['BAD_USER_INPUT', 't']);
  });

  it('refuses a body of 10 MB', async () => {
    const answer = await post('{ hello }', { variables: { t: 'x'.repeat(10 * 1024 * 1024) } }).catch(() => null);
    // The server may close the connection while the client is still sending.
    if (answer) expect([answer.status, codeOf(answer)]).toEqual([413, 'TOO_LARGE']);
  });

  it('does not help guessing names', async () => {
    const answer = await post('{ bookz { id } }');
    expect(answer.errors?.[0]?.message).toBe('Cannot query field "bookz" on type "Query".');
  });
});

describe('subscriptions', () => {
  it('joins each event with the other subgraph over WebSocket', async () => {
    const { client } = socket(authorization);
    const events = [];
    for await (const event of client.iterate({
      query: 'subscription($n: Int!) { counted(to: $n) { id author { name } } }',
      variables: { n: 3 },
    })) {
      events.push(event);
    }
    expect(events).toEqual(
      [0, 1, 2].map((i) => ({ data: { counted: { id: String(i), author: { name: `Author a${i}` } } } })),
    );
    await client.dispose();
  });

  it('answers queries over WebSocket, and validates what comes that way', async () => {
    const { client } = socket(authorization);
    const results = [];
    for await (const result of client.iterate({ query: '{ books(first: 1) { author { name } } }' }))
      results.push(result);
    expect(results).toEqual([{ data: { books: [{ author: { name: 'Author a0' } }] } }]);
    const wrong = client.iterate({ query: 'subscription { counted(to: "x") { nope } }' }).next();
    await expect(wrong).rejects.toEqual([
      expect.objectContaining({ message: 'Int cannot represent non-integer value: "x"' }),
      expect.objectContaining({ message: 'Cannot query field "nope" on type "Book".' }),
    ]);
    await client.dispose();
  });

  it('refuses a subscription without the scope', async () => {
    graph.sessions.set('s2', { userId: 'u1', scopes: [], recentUntil: 0, mfaEnrolmentRequired: false });
    const { client } = socket(`Bearer ${await graph.token({ sid: 's2' })}`);
    await expect(client.iterate({ query: 'subscription { waiting { id } }' }).next()).rejects.toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'FORBIDDEN' }) as unknown }),
    ]);
    expect(graph.seen.openStreams).toBe(0);
    await client.dispose();
  });

  it('streams server-sent events', async () => {
    const response = await fetch(graph.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization },
      body: JSON.stringify({ query: 'subscription { counted(to: 2) { id author { name } } }' }),
    });
    expect(response.headers.get('content-type')).toMatch(/text\/event-stream/);
    const events = (await response.text()).split('\n\n').filter((block) => block.includes('event: next'));
    expect(events.map((block) => JSON.parse(block.split('data: ')[1] ?? '') as unknown)).toEqual(
      [0, 1].map((i) => ({ data: { counted: { id: String(i), author: { name: `Author a${i}` } } } })),
    );
  });

  it('asks for all sessions of open sockets with one question', async () => {
    const clients = await Promise.all(
      ['s4', 's5', 's6'].map(async (sid) => {
        graph.sessions.set(sid, { userId: 'u1', scopes: ['book:read'], recentUntil: 0, mfaEnrolmentRequired: false });
        const { client } = socket(`Bearer ${await graph.token({ sid })}`);
        const stream = client.iterate({ query: 'subscription { waiting { id } }' });
        await stream.next();
        return client;
      }),
    );
    graph.seen.identityQuestions.length = 0;
    await until('the session is asked for again', () => graph.seen.identityQuestions.length >= 2);
    // Asked anew each time, whatever requests have been told since.
    expect(graph.seen.identityQuestions.slice(0, 2)).toEqual([3, 3]);
    for (const client of clients) await client.dispose();
    await until('no stream is open', () => graph.seen.openStreams === 0);
  });

  it('closes the socket, and the stream behind it, soon after the session has ended', async () => {
    graph.sessions.set('s3', { userId: 'u1', scopes: ['book:read'], recentUntil: 0, mfaEnrolmentRequired: false });
    const { client, closed } = socket(`Bearer ${await graph.token({ sid: 's3' })}`);
    const stream = client.iterate({ query: 'subscription { waiting { id } }' });
    expect((await stream.next()).value).toEqual({ data: { waiting: { id: '0' } } });
    const ended = stream.next().catch((error: unknown) => error);
    await until('a stream is open', () => graph.seen.openStreams === 1);
    graph.sessions.delete('s3');
    await ended;
    expect(closed.code).toBe(4401);
    await until('no stream is open', () => graph.seen.openStreams === 0);
    await client.dispose();
  });
});

describe('the HTTP audit of graphql-http', () => {
  const audits = serverAudits({ url: () => graph.url, fetchFn: fetch });
  /** Apollo Server's own departures from the SHOULDs of the draft. */
  const warnings: string[] = [];

  it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_name, audit) => {
    const result = await audit.fn();
    if (result.status === 'warn') warnings.push(result.name);
    else expect(result.status).toBe(result.name.startsWith('MAY') && result.status === 'notice' ? 'notice' : 'ok');
  });

  it('warns of no more than Apollo Server itself', () => {
    expect(warnings.length).toBeLessThanOrEqual(3);
  });
});
