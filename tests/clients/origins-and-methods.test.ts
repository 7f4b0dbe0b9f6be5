import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from 'graphql-sse';
import WebSocket from 'ws';
import { startProduct, type Product } from '../harness/product.ts';

const ALLOWED = 'https://app.example.org';
const STRANGE = 'https://evil.example';

let product: Product;
beforeAll(async () => {
  product = await startProduct({ env: { CORS_ORIGINS: ALLOWED } });
});
afterAll(() => product?.stop());

const graphql = (method: string, headers: Record<string, string>, body?: string) =>
  fetch(`${product.url}/graphql`, { method, headers, body, signal: AbortSignal.timeout(10_000) });

const preflight = (origin: string) =>
  graphql('OPTIONS', {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  });

const QUERY = JSON.stringify({ query: '{ __typename }' });

test('pages of an allowed origin may ask, read the answer, and find out before', async () => {
  const { status, headers } = await preflight(ALLOWED);
  expect(status).toBe(204);
  expect(headers.get('access-control-allow-origin')).toBe(ALLOWED);
  expect(headers.get('access-control-allow-methods')).toMatch(/\bPOST\b/);
  expect(headers.get('access-control-allow-headers')).toMatch(/authorization.*content-type/);
  expect(headers.get('access-control-allow-credentials')).toBeNull();
  const answer = await graphql('POST', { origin: ALLOWED, 'content-type': 'application/json' }, QUERY);
  expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
  expect(answer.headers.get('vary')).toMatch(/origin/i);
  expect(await answer.json()).toEqual({ data: { __typename: 'Query' } });
});

test('pages of other origins are told nothing that would let them', async () => {
  for (const answer of [
    await preflight(STRANGE),
    await graphql('POST', { origin: STRANGE, 'content-type': 'application/json' }, QUERY),
  ]) {
    expect(answer.headers.get('access-control-allow-origin')).not.toBe(STRANGE);
    expect(answer.headers.get('access-control-allow-origin')).not.toBe('*');
  }
});

test.each([
  [ALLOWED, 101],
  [STRANGE, 403],
  ['null', 403],
])('a WebSocket from a page of %s: %d', async (origin, expected) => {
  const socket = new WebSocket(`${product.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { origin });
  const status = await new Promise((resolve, reject) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.on('error', reject);
  });
  socket.terminate();
  expect(status).toBe(expected);
});

test.each(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'])(
  'what a form of another site can send is not executed: %s',
  async (type) => {
    for (const accept of ['application/json', 'text/event-stream', 'multipart/mixed;subscriptionSpec=1.0']) {
      const answer = await graphql('POST', { 'content-type': type, accept }, QUERY);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
  },
);

test.each(['PUT', 'DELETE', 'PATCH'])('%s is answered with the methods there are', async (method) => {
  const answer = await graphql(method, {});
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
  expect(await answer.json()).toMatchObject({
    errors: [{ extensions: { code: 'BAD_REQUEST', requestId: answer.headers.get('x-request-id') } }],
  });
});

test('the single connection mode of graphql-sse is refused with what to use instead', async () => {
  const client = createClient({ url: `${product.url}/graphql`, singleConnection: true, retryAttempts: 0 });
  const failure = await new Promise((resolve) =>
    client.subscribe(
      { query: '{ __typename }' },
      { next: resolve, error: resolve, complete: () => resolve('complete') },
    ),
  );
  client.dispose();
  const { response } = failure as { readonly response: Response };
  expect(response.status).toBe(405);
  // The client breaks off what it has been answered; what its request begins with is a PUT.
  const answer = await graphql('PUT', {});
  expect(await answer.json()).toMatchObject({
    errors: [{ message: expect.stringContaining('distinct connections mode'), extensions: { code: 'BAD_REQUEST' } }],
  });
});
