import { generateKeyPairSync } from 'node:crypto';
import { sendJson } from '@flowmesh/platform/testing';
import { startGcsDouble, type GcsDouble } from '../../testing/gcs-double.ts';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';

const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let gcs: GcsDouble;

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  gcs = await startGcsDouble('papers');
}, 60_000);
afterAll(async () => {
  await gcs.stop();
  await integrations.stop();
}, 30_000);

const settings = (provider: object = {}, privateKey = gcs.privateKey, more: object = {}) => ({
  type: 'STORAGE',
  configuration: {
    provider: {
      type: 'GCS',
      bucket: 'papers',
      clientEmail: gcs.clientEmail,
      baseUrl: gcs.url,
      tokenUrl: `${gcs.url}/token`,
      ...provider,
    },
    ...more,
  },
  credentials: { privateKey },
  policy: { retry: { maxAttempts: 1 } },
});
const register = (...given: Parameters<typeof settings>) => registered(one, owner, settings(...given));
const invoke = (id: string, operation: string, input: object): Promise<Result> =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input });
const output = async (id: string, operation: string, input: object) => {
  const result = await invoke(id, operation, input);
  if (result.output === undefined) throw new Error(JSON.stringify(result));
  return result.output as Record<string, unknown>;
};
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

test('objects are put, got, looked at, listed and removed, with one access token', async () => {
  const id = await register({}, gcs.privateKey, { keyPrefix: 'of/' });
  const before = gcs.tokensGiven;
  const key = 'a report/of “ada” +1.txt';
  expect(await output(id, 'put', { key, content: 'Grüße', contentType: 'text/plain; charset=utf-8' })).toEqual({
    ...{ key, sizeBytes: 7, etag: 'CJ+x=' },
  });
  const known = { sizeBytes: 7, contentType: 'text/plain; charset=utf-8', etag: 'CJ+x=', lastModified: TIME };
  expect(await output(id, 'get', { key })).toEqual({ key, content: 'Grüße', encoding: 'TEXT', ...known });
  expect(await output(id, 'head', { key })).toEqual({ exists: true, ...known });
  await output(id, 'put', { key: 'bytes', content: '/wD+', encoding: 'BASE64' });
  expect(await output(id, 'get', { key: 'bytes' })).toMatchObject({ content: '/wD+', encoding: 'BASE64' });
  expect(await output(id, 'list', {})).toEqual({
    objects: [key, 'bytes'].map((each) => expect.objectContaining({ key: each, lastModified: TIME }) as unknown),
    ...{ prefixes: [], nextCursor: null },
  });
  expect(await output(id, 'list', { delimiter: '/' })).toMatchObject({ prefixes: ['a report/'] });
  const first = await output(id, 'list', { limit: 1 });
  expect(first).toMatchObject({ objects: [{ key }], nextCursor: expect.any(String) as string });
  expect(await output(id, 'list', { limit: 1, cursor: first['nextCursor'] })).toMatchObject({
    ...{ objects: [{ key: 'bytes' }], nextCursor: null },
  });
  for (const each of [key, key]) expect(await output(id, 'delete', { key: each })).toEqual({ key });
  expect(await output(id, 'head', { key })).toEqual({
    ...{ exists: false, sizeBytes: null, contentType: null, etag: null, lastModified: null },
  });
  expect(await invoke(id, 'get', { key })).toMatchObject({ code: 'NOT_FOUND', retryable: false });
  expect(gcs.tokensGiven - before).toBe(1);
  gcs.expireTokens();
  expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
});

test('an address lets anybody get or put one object for a time; the key is taken as its file has it', async () => {
  const asInJson = JSON.stringify(gcs.privateKey).slice(1, -1);
  const id = await register({}, asInJson, { keyPrefix: 'shared/' });
  const { url } = await output(id, 'presign', { key: 'a b/(1)', method: 'PUT' });
  expect((await fetch(String(url), { method: 'PUT', body: 'by address' })).status).toBe(200);
  const got = await output(id, 'presign', { key: 'a b/(1)' });
  expect(await (await fetch(String(got['url']))).text()).toBe('by address');
  expect((await fetch(String(got['url']).replace('a%20b', 'a%20c'))).status).toBe(403);
  expect((await fetch(String(got['url']), { method: 'PUT' })).status).toBe(403);
});

test('keys and addresses that cannot be used are refused when they are given', async () => {
  const refusal = async (given: object) =>
    (await mutate(one, owner, 'registerIntegration', { name: 'x', ...given })).fields?.map(({ path }) => path);
  expect(await refusal(settings({}, 'no key'))).toEqual(['credentials.privateKey']);
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  expect(await refusal(settings({}, String(curve)))).toEqual(['credentials.privateKey']);
  expect(await refusal(settings({ baseUrl: 'http://169.254.169.254' }))).toEqual(['configuration.provider.baseUrl']);
  expect(await refusal(settings({ tokenUrl: 'http://metadata.google.internal:x' }))).toEqual([
    'configuration.provider.tokenUrl',
  ]);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = await register({}, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  expect(await invoke(stranger, 'list', {})).toMatchObject({ code: 'TOKEN_REFUSED', retryable: false });
});

test.each([
  [429, 'rateLimitExceeded', { code: 'TOO_MANY_REQUESTS', status: 429, retryable: true, retryAfterSeconds: 7 }],
  [503, 'backendError', { code: 'HTTP_STATUS', status: 503, retryable: true, retryAfterSeconds: 7 }],
  [403, 'forbidden', { code: 'ACCESS_DENIED', retryable: false }],
  [400, 'invalid', { code: 'HTTP_STATUS', retryable: false, message: 'The storage answered 400 invalid: said so.' }],
])('%i %s', async (status, reason, expected) => {
  const id = await register();
  gcs.answerNext(({ response }) => {
    const error = { code: status, message: 'said so.', errors: [{ reason }] };
    sendJson(response, { error }, status, { 'retry-after': '7' });
  });
  expect(await invoke(id, 'list', {})).toMatchObject(expected);
});

test.each([
  ['nested too deep', `{"items":${'['.repeat(1_000)}${']'.repeat(1_000)}}`, 'INVALID_OUTPUT'],
  ['no JSON', 'hello', 'INVALID_OUTPUT'],
  ['sizes that are none', '{"items":[{"name":"a","size":"many"}]}', 'INVALID_OUTPUT'],
  ['items that are none', '{"items":[null,1,{"size":"1"}],"prefixes":[null,{}]}', undefined],
  ['too much', `{"items":"${'x'.repeat(1_100_000)}"}`, 'TOO_LARGE'],
])('an answer that cannot be used: %s', async (_what, body, code) => {
  const id = await register();
  gcs.answerNext(({ response }) => void response.end(body));
  expect(await invoke(id, 'list', {})).toMatchObject(code === undefined ? { output: {} } : { code, retryable: false });
});
