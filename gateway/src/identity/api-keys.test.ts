import { newApiKey, type ApiKeyState } from '@flowmesh/platform/access';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { until } from '@flowmesh/platform/testing';
import { startToyGraph, type ToyGraph } from '../test-support/toy-graph.ts';

let graph: ToyGraph;
beforeAll(async () => {
  graph = await startToyGraph();
});
afterAll(() => graph.stop());

const state = (change: Partial<ApiKeyState> = {}): ApiKeyState => ({
  keyId: 'k1',
  userId: 'u1',
  principal: 'user',
  scopes: ['book:read'],
  expiresAt: Math.floor(Date.now() / 1_000) + 60,
  ...change,
});

function issue(change: Partial<ApiKeyState> = {}) {
  const { key, hash } = newApiKey();
  graph.apiKeys.set(hash, state(change));
  return { key, hash };
}

async function post(key: string, query = '{ books(first: 1) { title } }') {
  const response = await fetch(graph.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as {
    data?: unknown;
    errors?: { message: string; extensions: { code: string } }[];
  };
  return { status: response.status, data: data ?? null, code: errors?.[0]?.extensions.code };
}

const books = { status: 200, data: { books: [{ title: 'Book 0' }] }, code: undefined };
const refused = { status: 401, data: null, code: 'UNAUTHENTICATED' };

test('a key is accepted for what it may do', async () => {
  const { key } = issue();
  expect(await post(key)).toEqual(books);
  expect(await post(key, 'mutation { rename(id: "1", title: "x") { id } }')).toMatchObject({ code: 'FORBIDDEN' });
  expect(graph.seen.titles).toEqual({});
});

test('only the hash of a key leaves the process, and what cannot be a key is not asked for', async () => {
  const { key, hash } = issue();
  graph.seen.keyQuestions.length = 0;
  expect(await Promise.all([post(key), post(key), post(key)])).toEqual([books, books, books]);
  for (const wrong of ['fm_', `${key}x`, key.replace(/.$/, (last) => (last === '0' ? '1' : '0'))]) {
    expect(await post(wrong)).toEqual(refused);
  }
  expect(graph.seen.keyQuestions.flat()).toEqual([hash]);
  expect(await post(newApiKey().key)).toEqual(refused);
});

test('a key that has expired is refused, even before auth says so', async () => {
  expect(await post(issue({ expiresAt: Math.floor(Date.now() / 1_000) - 1 }).key)).toEqual(refused);
});

test('a key that was revoked, or may do less, is known to be so in a moment', async () => {
  const { key, hash } = issue();
  expect(await post(key)).toEqual(books);
  graph.apiKeys.set(hash, state({ scopes: [] }));
  await until('the key may do less', async () => (await post(key)).code === 'FORBIDDEN');
  graph.apiKeys.delete(hash);
  await until('the key is no good', async () => (await post(key)).code === 'UNAUTHENTICATED');
});

test.each<[string, (hash: string) => void]>([
  ['was revoked', (hash) => graph.apiKeys.delete(hash)],
  ['may do less', (hash) => graph.apiKeys.set(hash, state({ scopes: [] }))],
  ['has expired', (hash) => graph.apiKeys.set(hash, state({ expiresAt: 1 }))],
])('the socket of a key that %s is closed, and the stream behind it', async (_name, end) => {
  const { key, hash } = issue();
  const closed: { code?: number } = {};
  const client = createClient({
    url: graph.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${key}` },
    on: { closed: (event) => Object.assign(closed, { code: (event as { code: number }).code }) },
  });
  const before = graph.seen.openStreams;
  const stream = client.iterate({ query: 'subscription { waiting { id } }' });
  const ended = stream.next().catch(() => 'ended');
  await until('one more stream is open', () => graph.seen.openStreams === before + 1);
  end(hash);
  await until(
    'the socket and its stream are closed',
    () => closed.code !== undefined && graph.seen.openStreams === before,
  );
  expect(closed.code).toBe(4401);
  await ended;
  await client.dispose();
});
