import { unauthenticated } from '@flowmesh/platform/errors';
import type { CallContext, SubgraphSource } from '@flowmesh/platform/federation';
import fastify from 'fastify';
import { registerAuditExport } from './audit-export.ts';

const UNTIL = new Date('2026-01-02T00:00:00.000Z');
const entries = Array.from({ length: 250 }, (_, n) => ({
  cursor: `c${n}`,
  node: {
    id: `e${n}`,
    action: n === 0 ? '=cmd|calc' : 'user.login',
    userAgent: n === 1 ? 'a "b",\n+c' : null,
    details: { n },
  },
}));
const asked: Record<string, unknown>[] = [];
let signedOut = false;

/** Pages as auth does; what it is asked is kept. */
const auth: SubgraphSource = {
  name: 'auth',
  execute: ({ variables = {} }) => {
    asked.push(variables);
    const { first, after } = variables as { first: number; after?: string };
    const from = after === undefined ? 0 : Number(after.slice(1)) + 1;
    const edges = entries.slice(from, from + first);
    const pageInfo = { hasNextPage: from + first < entries.length };
    return Promise.resolve({ data: { auditLogs: { completeUntil: UNTIL, edges, pageInfo } } });
  },
  subscribe: () => Promise.reject(new Error('not asked')),
  close: () => Promise.resolve(),
};
const call: CallContext = {
  viewer: { kind: 'user', userId: 'u', sessionId: 's', expiresAt: 4e9, scopes: [] },
  requestId: 'request',
};

const server = fastify();
registerAuditExport(server, {
  sources: new Map([['auth', auth]]),
  callOf: (request) => {
    if (signedOut) return Promise.reject(unauthenticated());
    return Promise.resolve(request.headers.authorization ? call : { ...call, viewer: { kind: 'anonymous' } });
  },
});
let url: string;
beforeAll(async () => {
  url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/audit/export`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  signedOut = false;
});

const get = (query = '', headers: Record<string, string> = { authorization: 'Bearer x' }) =>
  fetch(`${url}${query}`, { headers });

test('NDJSON holds every entry once, with the cursor behind it, up to where the log is complete', async () => {
  const response = await get('?actions=user.login,role.*&outcome=SUCCESS');
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = (await response.text()).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(entries.map(({ node }) => node.id));
  expect(JSON.parse(lines[7]!)).toMatchObject({ id: 'e7', cursor: 'c7', details: { n: 7 } });
  const filter = { actions: ['user.login', 'role.*'], outcome: 'SUCCESS', to: UNTIL.toISOString() };
  expect(asked.slice(1)).toEqual([
    { filter, first: 100 },
    { filter, first: 100, after: 'c99' },
    { filter, first: 100, after: 'c199' },
  ]);
});

test('goes on behind a cursor, and is as long as was asked', async () => {
  const ids = (await (await get('?after=c9&limit=3')).text()).trimEnd().split('\n');
  expect(ids.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['e10', 'e11', 'e12']);
});

test('CSV cannot run in a spreadsheet', async () => {
  const response = await get('?format=csv&limit=2');
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const text = await response.text();
  expect(text.split('\r\n', 1)[0]).toMatch(/^"id","occurredAt",.*"cursor"$/);
  expect(text).toContain(`"'=cmd|calc"`);
  expect(text).toContain('"a ""b"",\n+c"');
});

test.each(['?format=xml', '?limit=0', '?limit=100001', '?from=yesterday', '?nothing=1'])(
  'refuses %s',
  async (query) => {
    expect((await get(query)).status).toBe(400);
    expect(asked).toEqual([]);
  },
);

test('is for whoever has signed in', async () => {
  expect((await get('', {})).status).toBe(401);
  signedOut = true;
  expect((await get()).status).toBe(401);
  expect(asked).toEqual([]);
});
