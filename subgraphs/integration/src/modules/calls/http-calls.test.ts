import { HttpDouble, sendJson, until, type HttpCall } from '@flowmesh/platform/testing';
import { createHmac } from 'node:crypto';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';

const owner = userOf('owner');
const NO_RETRY = { retry: { maxAttempts: 1 } };
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let service: HttpDouble;
let answer: (call: HttpCall) => void;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  service = await HttpDouble.start((call) => answer(call));
}, 60_000);
beforeEach(() => {
  service.calls.length = 0;
  answer = ({ response }) => sendJson(response, { ok: true });
});
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const OPERATIONS = [
  { name: 'find', method: 'GET', path: '/things/{id}', query: ['q', 'tag'], headers: ['X-Trace'] },
  { name: 'make', method: 'POST', path: 'things' },
  { name: 'raw', method: 'PUT', path: '/raw/{id}', body: 'value' },
];
const http = (more: object = {}, configuration: object = {}) =>
  registered(one, owner, {
    configuration: { baseUrl: `${service.url}/base/`, ...configuration },
    operations: OPERATIONS,
    policy: NO_RETRY,
    ...more,
  });
const invoke = (id: string, operation: string, input: unknown = null, more: object = {}): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input, ...more });
const paths = ({ fields }: Result) => fields?.map(({ path }) => path);

test('the input becomes path, parameters, headers and body, as the operation says', async () => {
  const id = await http({}, { headers: { 'x-fixed': 'yes' } });
  const found = await invoke(id, 'find', { id: 'a/b ?', q: 'x&y', tag: ['1', 2], 'X-Trace': 't', other: 'nowhere' });
  expect(found).toEqual({ __typename: 'InvokeIntegrationSuccess', output: { ok: true }, cached: false, attempts: 1 });
  await invoke(id, 'make', { name: 'n', list: [1] }, { idempotencyKey: 'mine' });
  await invoke(id, 'raw', { id: 7, value: [1, 2] });
  const [get, post, put] = service.calls;
  expect([get?.method, get?.path, get?.body]).toEqual(['GET', '/base/things/a%2Fb%20%3F?q=x%26y&tag=1&tag=2', '']);
  expect(get?.headers).toMatchObject({ 'x-fixed': 'yes', 'x-trace': 't', accept: 'application/json' });
  expect([post?.path, post?.body, post?.headers['idempotency-key']]).toEqual([
    '/base/things',
    '{"name":"n","list":[1]}',
    'mine',
  ]);
  expect([put?.path, put?.body, put?.headers['idempotency-key']]).toEqual(['/base/raw/7', '[1,2]', undefined]);
});

test('what cannot be sent is told by its path, and not sent', async () => {
  const schema = { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] };
  const operations = [...OPERATIONS, { name: 'strict', method: 'POST', path: '/x', inputSchema: schema }];
  const id = await http({ operations });
  expect(paths(await invoke(id, 'find', {}))).toEqual(['input.id']);
  expect(paths(await invoke(id, 'find', { id: '..' }))).toEqual(['input.id']);
  expect(paths(await invoke(id, 'find', { id: 1, q: {}, 'X-Trace': 'a\r\nb' }))).toEqual(['input.q', 'input.X-Trace']);
  expect(paths(await invoke(id, 'make', [1]))).toEqual(['input']);
  expect(paths(await invoke(id, 'strict', { count: 'x' }))).toEqual(['input.count']);
  expect((await invoke(id, 'nothing')).fields).toEqual([
    { path: 'operation', message: 'must be one of find, make, raw, strict' },
  ]);
  expect(paths(await invoke(id, 'make', {}, { idempotencyKey: 'a b' }))).toEqual(['idempotencyKey']);
  await mutate(one, owner, 'updateIntegration', { id, status: 'INACTIVE' });
  expect(await invoke(id, 'make', {})).toMatchObject({ code: 'INTEGRATION_INACTIVE' });
  expect(service.calls).toEqual([]);
});

test.each([
  [
    { type: 'BASIC', username: 'ada' },
    { password: 'pässword' },
    'authorization',
    `Basic ${Buffer.from('ada:pässword').toString('base64')}`,
  ],
  [{ type: 'BEARER' }, { token: 'the token' }, 'authorization', 'Bearer the token'],
  [{ type: 'API_KEY', name: 'X-Api-Key' }, { apiKey: 'the key' }, 'x-api-key', 'the key'],
  [
    { type: 'HMAC', prefix: 'sha256=' },
    { secret: 'signing' },
    'x-signature',
    `sha256=${createHmac('sha256', 'signing').update('{"a":1}').digest('hex')}`,
  ],
])('calls say who they are from: %j', async (authentication, credentials, header, value) => {
  const id = await http({ credentials }, { authentication });
  await invoke(id, 'make', { a: 1 });
  expect(service.calls.map(({ headers }) => headers[header])).toEqual([value]);
});

test('a key may be a parameter of the address; a signature may cover the time', async () => {
  const inQuery = await http(
    { credentials: { apiKey: 'k&y' } },
    { authentication: { type: 'API_KEY', in: 'QUERY', name: 'key' } },
  );
  await invoke(inQuery, 'find', { id: 1, q: 2 });
  expect(service.calls[0]?.path).toBe('/base/things/1?q=2&key=k%26y');
  const authentication = { type: 'HMAC', algorithm: 'sha512', encoding: 'base64', timestampHeader: 'x-time' };
  const signed = await http({ credentials: { secret: 's' } }, { authentication });
  await invoke(signed, 'make', { a: 1 });
  const { headers } = service.calls[1]!;
  const expected = createHmac('sha512', 's')
    .update(`${String(headers['x-time'])}.{"a":1}`)
    .digest('base64');
  expect([headers['x-signature'], Math.abs(Number(headers['x-time']) - Date.now() / 1000) < 60]).toEqual([
    expected,
    true,
  ]);
});

test.each([
  [404, { code: 'HTTP_STATUS', retryable: false, attempts: 1, message: 'The service answered 404: {"why":"no"}' }],
  [302, { code: 'HTTP_STATUS', retryable: false, attempts: 1 }],
  [500, { code: 'HTTP_STATUS', retryable: true, attempts: 2 }],
  [429, { code: 'TOO_MANY_REQUESTS', retryable: true, attempts: 2, retryAfterSeconds: 1 }],
])('an answer of %i fails as %j', async (status, expected) => {
  answer = ({ response }) => sendJson(response, { why: 'no' }, status, { 'retry-after': '0' });
  const id = await http({ policy: { retry: { maxAttempts: 2, initialDelayMs: 1 } } });
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject(
    status === 500 || status === 429 ? { ...expected, retryAfterSeconds: 1 } : expected,
  );
});

test('a POST that may be repeated has the same key each time; what only reads has none', async () => {
  const operations = [
    { name: 'pay', method: 'POST', path: '/pay', repeatable: true },
    { name: 'query', method: 'POST', path: '/query', readOnly: true },
  ];
  const id = await http({ operations, policy: { retry: { maxAttempts: 3, initialDelayMs: 1 } } });
  answer = ({ response }) => sendJson(response, {}, service.calls.length < 3 ? 500 : 200);
  expect(await invoke(id, 'pay', {}, { idempotencyKey: 'order-7' })).toMatchObject({ attempts: 3 });
  await invoke(id, 'query', {}, { idempotencyKey: 'order-8' });
  expect(service.calls.map(({ headers }) => headers['idempotency-key'])).toEqual([
    ...['order-7', 'order-7', 'order-7', undefined],
  ]);
});

test('what may not be done twice is only repeated when it was surely not done', async () => {
  const policy = { retry: { maxAttempts: 3, initialDelayMs: 1 } };
  const id = await http({ policy });
  answer = ({ response }) => sendJson(response, {}, 500);
  expect(await invoke(id, 'make', {})).toMatchObject({ code: 'HTTP_STATUS', retryable: false, attempts: 1 });
  let count = 0;
  answer = ({ response }) => sendJson(response, {}, (count += 1) < 3 ? 429 : 200, { 'retry-after': '0' });
  expect(await invoke(id, 'make', {})).toMatchObject({ __typename: 'InvokeIntegrationSuccess', attempts: 3 });
  const keys = new Set(service.calls.slice(1).map(({ headers }) => headers['idempotency-key']));
  expect(keys.size).toBe(1);
  answer = ({ response }) => response.destroy();
  expect(await invoke(id, 'make', {})).toMatchObject({ code: 'CONNECTION', retryable: false, attempts: 1 });
  const gone = await HttpDouble.start(() => undefined);
  await gone.stop();
  const unreachable = await http({ policy }, { baseUrl: gone.url });
  expect(await invoke(unreachable, 'make', {})).toMatchObject({ code: 'CONNECTION', retryable: true, attempts: 3 });
});

test('answers: nothing, text, JSON that cannot be used, one against the schema, one that comes too late', async () => {
  const outputSchema = { type: 'object', required: ['id'] };
  const operations = [...OPERATIONS, { name: 'checked', method: 'GET', path: '/x', outputSchema }];
  const id = await http({ operations, policy: { ...NO_RETRY, timeoutMs: 500 } });
  answer = ({ response }) => response.writeHead(204).end();
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject({ output: null });
  answer = ({ response }) => response.writeHead(200, { 'content-type': 'text/plain' }).end('hello');
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject({ output: { text: 'hello' } });
  answer = ({ response }) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"n": 12345678901234567890}');
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject({ code: 'INVALID_OUTPUT', retryable: false });
  answer = ({ response }) => sendJson(response, { name: 'x' });
  expect(await invoke(id, 'checked')).toMatchObject({ code: 'INVALID_OUTPUT' });
  answer = () => undefined;
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject({ code: 'TIMEOUT', retryable: true });
});

test.each<[string | null, Buffer, object]>([
  ['image/png', Buffer.from([0x89, 0x50, 0, 0xff]), { output: { base64: 'iVAA/w==', contentType: 'image/png' } }],
  ['text/plain', Buffer.from([0xff, 0xfe, 0x41]), { output: { base64: '//5B', contentType: 'text/plain' } }],
  ['text/plain; charset=iso-8859-1', Buffer.from('Grüße', 'latin1'), { output: { text: 'Grüße' } }],
  ['text/plain; charset="x-unknown"', Buffer.from('a'), { output: { base64: 'YQ==' } }],
  ['application/atom+xml', Buffer.from('<a>é</a>'), { output: { text: '<a>é</a>' } }],
  ['application/octet-stream', Buffer.from('the token-of-the-call'), { code: 'INVALID_OUTPUT' }],
  ['application/json', Buffer.from([0x22, 0xff, 0x22]), { code: 'INVALID_OUTPUT' }],
  [null, Buffer.from('{"id":1}'), { output: { id: 1 } }],
])('an answer of type %j is given as it is, or in base64', async (contentType, bytes, expected) => {
  answer = ({ response }) =>
    response.writeHead(200, contentType === null ? {} : { 'content-type': contentType }).end(bytes);
  const more = { policy: NO_RETRY, credentials: { token: 'token-of-the-call' } };
  const id = await http(more, { authentication: { type: 'BEARER' } });
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject(expected);
});

test('a call may end earlier than the policy says, and tells whose fault a failure is', async () => {
  const id = await http({ policy: NO_RETRY });
  answer = () => undefined;
  const begun = performance.now();
  const late = { id, operation: 'find', input: { id: 1 }, timeoutMs: 200 };
  expect(await mutate(one, owner, 'invokeIntegration', late)).toMatchObject({
    code: 'TIMEOUT',
    fault: true,
    status: null,
  });
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect((await mutate(one, owner, 'invokeIntegration', { ...late, timeoutMs: 1 })).fields).toMatchObject([
    { path: 'timeoutMs' },
  ]);
  answer = ({ response }) => response.writeHead(503).end();
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject({ code: 'HTTP_STATUS', fault: true, status: 503 });
  answer = ({ response }) => response.writeHead(422).end();
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject({ code: 'HTTP_STATUS', fault: false, status: 422 });
});

test('calls wait for one that hangs no longer than the policy says, or they themselves', async () => {
  const id = await http({ policy: { ...NO_RETRY, maxConcurrency: 1, maxWaitMs: 50 } });
  const held: HttpCall[] = [];
  answer = (call) => void held.push(call);
  const hangs = invoke(id, 'find', { id: 1 });
  await until('the first has begun', () => held.length === 1);
  const refusal = { code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 };
  expect(await invoke(id, 'find', { id: 2 })).toMatchObject(refusal);
  await mutate(one, owner, 'updateIntegration', { id, policy: { maxWaitMs: 300_000 } });
  expect(await invoke(id, 'find', { id: 3 }, { timeoutMs: 100 })).toMatchObject(refusal);
  const waits = invoke(id, 'find', { id: 4 });
  answer = ({ response }) => sendJson(response, { ok: true });
  sendJson(held[0]!.response, { ok: true });
  expect(await hangs).toMatchObject({ output: { ok: true } });
  expect(await waits).toMatchObject({ output: { ok: true } });
  expect(service.calls.map(({ path }) => path)).toEqual(['/base/things/1', '/base/things/4']);
});

test('how long a call waits is that of its timeout, unless it is given', async () => {
  const id = await http({ policy: { timeoutMs: 700 } });
  const query = 'query Q($id: ID!) { integration(id: $id) { policy { maxWaitMs } } }';
  expect(await one.ask(owner, query, { id })).toEqual({ integration: { policy: { maxWaitMs: 700 } } });
  const change = (maxWaitMs: number) => mutate(one, owner, 'updateIntegration', { id, policy: { maxWaitMs } });
  await change(0);
  expect(await one.ask(owner, query, { id })).toEqual({ integration: { policy: { maxWaitMs: 0 } } });
  expect((await change(300_001)).fields).toEqual([{ path: 'policy.maxWaitMs', message: 'must be 0 to 300,000' }]);
});

test('that a service has asked not to be called is shown, also without a limit of calls', async () => {
  const id = await http();
  const query = `query Q($id: ID!) { integration(id: $id) {
    circuitBreaker { state openedAt retryAt } health { state } rateLimit { calls } } }`;
  interface Shown {
    readonly integration: { readonly circuitBreaker: { readonly retryAt: Date } };
  }
  const before = Date.now();
  answer = ({ response }) => sendJson(response, {}, 429, { 'retry-after': '60' });
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 60 });
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject({ code: 'RATE_LIMITED' });
  const shown = await one.ask<Shown>(owner, query, { id });
  expect(shown).toEqual({
    integration: {
      circuitBreaker: { state: 'OPEN', openedAt: null, retryAt: expect.any(Date) },
      health: { state: 'DEGRADED' },
      rateLimit: null,
    },
  });
  const heldMs = shown.integration.circuitBreaker.retryAt.getTime() - before;
  expect(heldMs).toBeGreaterThanOrEqual(59_000);
  expect(heldMs).toBeLessThan(120_000);
  expect(await mutate(one, owner, 'resetCircuitBreaker', { id })).toMatchObject({ changed: true });
  expect(await one.ask<Shown>(owner, query, { id })).toMatchObject({
    integration: { circuitBreaker: { state: 'CLOSED', retryAt: null } },
  });
});

test('answers of what only reads are used again, until they are cleared or the integration changes', async () => {
  let count = 0;
  answer = ({ response }) => sendJson(response, { count: (count += 1) });
  const id = await http({ policy: { cacheSeconds: 60 } });
  expect(await invoke(id, 'find', { id: 1, q: 2 })).toMatchObject({ output: { count: 1 }, cached: false, attempts: 1 });
  expect(await invoke(id, 'find', { q: 2, id: 1 })).toMatchObject({ output: { count: 1 }, cached: true, attempts: 0 });
  expect(await invoke(id, 'find', { id: 2 })).toMatchObject({ output: { count: 2 }, cached: false });
  expect(await invoke(id, 'raw', { id: 1, value: 1 })).toMatchObject({ output: { count: 3 }, cached: false });
  expect(await invoke(id, 'raw', { id: 1, value: 1 })).toMatchObject({ output: { count: 4 }, cached: false });
  const query = 'query Q($id: ID!) { integration(id: $id) { cache { seconds entries } } }';
  expect(await one.ask(owner, query, { id })).toEqual({ integration: { cache: { seconds: 60, entries: 2 } } });
  expect(await mutate(one, owner, 'clearIntegrationCache', { id })).toMatchObject({ removedEntries: 2 });
  expect(await invoke(id, 'find', { id: 1, q: 2 })).toMatchObject({ output: { count: 5 }, cached: false });
  await mutate(one, owner, 'updateIntegration', { id, description: 'another' });
  expect(await invoke(id, 'find', { id: 1, q: 2 })).toMatchObject({ output: { count: 6 }, cached: false });
});

test('addresses inside the operator’s network are neither registered nor reached', async () => {
  const refused = await mutate(one, owner, 'testIntegrationClient', {
    type: 'HTTP',
    configuration: { baseUrl: 'http://169.254.169.254/latest' },
  });
  expect(paths(refused)).toEqual(['configuration.baseUrl']);
  const id = await http();
  const configuration = { baseUrl: 'http://10.0.0.1/', authentication: { type: 'NONE' }, headers: {}, healthPath: '' };
  await integrations.pool.query('update integrations set configuration = $2 where id = $1', [id, configuration]);
  expect(await invoke(id, 'find', { id: 1 })).toMatchObject({ code: 'BLOCKED_ADDRESS', retryable: false });
});
