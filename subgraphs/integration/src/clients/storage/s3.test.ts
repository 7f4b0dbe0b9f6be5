import { HttpDouble } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered, type Result } from '../../testing/operations.ts';
import { startS3Server, type S3Server } from '../../testing/s3-server.ts';

const owner = userOf('owner');
/** As some services are set up: the name of the key is the secret, too, and a word that texts may have. */
const WORD = 'minioadmin';
const KEYS = { accessKeyId: 'AKIDOFTHETESTS', secretAccessKey: 'the/secret+of=the tests' };
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let server: S3Server;
let plain: S3Server;

beforeAll(async () => {
  integrations = await prepareIntegrations({ env: { ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' } });
  one = await integrations.process();
  server = await startS3Server({ ...KEYS, buckets: ['papers', 'others'] });
  plain = await startS3Server({ accessKeyId: WORD, secretAccessKey: WORD, buckets: ['papers'] });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await plain.stop();
  await integrations.stop();
}, 30_000);

const settings = (provider: object = {}, more: object = {}, secretAccessKey = KEYS.secretAccessKey) => ({
  type: 'STORAGE',
  configuration: {
    provider: {
      type: 'S3',
      bucket: 'papers',
      accessKeyId: KEYS.accessKeyId,
      endpoint: server.url,
      pathStyle: true,
      ...provider,
    },
    ...more,
  },
  credentials: { secretAccessKey },
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

test.each(['WHEN_REQUIRED', 'WHEN_SUPPORTED'])(
  'objects are put, got, looked at, listed and removed; checksums %s',
  async (checksums) => {
    const id = await register({ checksums }, { keyPrefix: `${checksums}/` });
    expect(await mutate(one, owner, 'testIntegration', { id })).toMatchObject({ test: { succeeded: true } });
    const key = 'a report/of “ada” +1.txt';
    const etag = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
    expect(await output(id, 'put', { key, content: 'Grüße', contentType: 'text/plain; charset=utf-8' })).toEqual({
      ...{ key, sizeBytes: 7, etag },
    });
    const known = { sizeBytes: 7, contentType: 'text/plain; charset=utf-8', etag, lastModified: TIME };
    expect(await output(id, 'get', { key })).toEqual({ key, content: 'Grüße', encoding: 'TEXT', ...known });
    expect(await output(id, 'get', { key, encoding: 'BASE64' })).toMatchObject({ content: 'R3LDvMOfZQ==' });
    expect(await output(id, 'head', { key })).toEqual({ exists: true, ...known });
    await output(id, 'put', { key: 'bytes', content: '/wD+', encoding: 'BASE64' });
    expect(await output(id, 'get', { key: 'bytes' })).toMatchObject({ content: '/wD+', encoding: 'BASE64' });
    await output(id, 'put', { key: 'empty', content: '' });
    expect(await output(id, 'get', { key: 'empty' })).toMatchObject({ content: '', encoding: 'TEXT', sizeBytes: 0 });

    const all = { objects: [key, 'bytes', 'empty'].map((each) => expect.objectContaining({ key: each }) as unknown) };
    expect(await output(id, 'list', {})).toEqual({ ...all, prefixes: [], nextCursor: null });
    expect(await output(id, 'list', { delimiter: '/' })).toMatchObject({ prefixes: ['a report/'] });
    const first = await output(id, 'list', { limit: 1 });
    expect(first).toMatchObject({ objects: [{ key }], nextCursor: expect.any(String) as string });
    expect(await output(id, 'list', { limit: 2, cursor: first['nextCursor'] })).toMatchObject({
      ...{ objects: [{ key: 'bytes' }, { key: 'empty' }], nextCursor: null },
    });
    for (const each of [key, key]) expect(await output(id, 'delete', { key: each })).toEqual({ key });
    expect(await output(id, 'head', { key })).toEqual({
      ...{ exists: false, sizeBytes: null, contentType: null, etag: null, lastModified: null },
    });
    expect(await invoke(id, 'get', { key })).toMatchObject({ code: 'NOT_FOUND', retryable: false });
  },
);

test('an address lets anybody get or put one object for a time', async () => {
  const id = await register({}, { keyPrefix: 'shared/' });
  const { url } = await output(id, 'presign', { key: 'a b', method: 'PUT', expiresInSeconds: 60 });
  expect((await fetch(String(url), { method: 'PUT', body: 'by address' })).status).toBe(200);
  const got = await output(id, 'presign', { key: 'a b' });
  expect(await (await fetch(String(got['url']))).text()).toBe('by address');
  expect(new URL(String(got['url'])).pathname).toBe('/papers/shared/a%20b');
  expect((await fetch(String(got['url']).replace('a%20b', 'a%20c'))).status).toBe(403);
  const provider = { type: 'S3', bucket: 'papers', region: 'eu-central-1', accessKeyId: KEYS.accessKeyId };
  const amazon = await registered(one, owner, { ...settings(), configuration: { provider } });
  const atAmazon = await output(amazon, 'presign', { key: 'a' });
  expect(String(atAmazon['url'])).toMatch(/^https:\/\/papers\.s3\.eu-central-1\.amazonaws\.com\/a\?/);
  expect(Date.parse(String(got['expiresAt'])) - Date.now()).toBeGreaterThan(800_000);
});

test('content and addresses are told as they are, also when a credential is a word that is in them', async () => {
  const id = await register({ endpoint: plain.url, accessKeyId: WORD }, {}, WORD);
  const content = `I use ${WORD} daily`;
  await output(id, 'put', { key: 'a', content });
  expect(await output(id, 'get', { key: 'a' })).toMatchObject({ key: 'a', content });
  const { url } = await output(id, 'presign', { key: 'a' });
  expect(await (await fetch(String(url))).text()).toBe(content);
  expect(await output(id, 'put', { key: WORD, content })).toMatchObject({ key: '•••' });
});

test('what is refused: by the server, and by the client', async () => {
  const wrong = await register({}, {}, 'another secret');
  expect(await invoke(wrong, 'list', {})).toMatchObject({ code: 'AUTHENTICATION', retryable: false });
  expect(await mutate(one, owner, 'testIntegration', { id: wrong })).toMatchObject({
    test: { succeeded: false, code: 'AUTHENTICATION' },
  });
  const nowhere = await register({ bucket: 'not-there' });
  expect(await invoke(nowhere, 'list', {})).toMatchObject({
    ...{ code: 'NOT_FOUND', message: expect.stringContaining('NoSuchBucket') as string },
  });
  const id = await register();
  const paths = async (operation: string, input: object) =>
    (await invoke(id, operation, input)).fields?.map(({ path }) => path);
  for (const key of ['../others/x', 'a/../b', './a', 'a/..']) {
    expect(await paths('put', { key, content: 'x' })).toEqual(['input.key']);
  }
  expect(await paths('put', { key: 'a', content: 'no base64', encoding: 'BASE64' })).toEqual(['input.content']);
  await output(id, 'put', { key: 'bytes', content: '/wD+', encoding: 'BASE64' });
  expect(await paths('get', { key: 'bytes', encoding: 'TEXT' })).toEqual(['input.encoding']);
});

test('objects that are too large are not taken, and not given', async () => {
  const id = await register();
  const large = { key: 'large', content: 'x'.repeat(1_000_001) };
  expect(await invoke(id, 'put', large)).toMatchObject({ fields: [{ path: 'input.content' }] });
  const { url } = await output(id, 'presign', { key: 'large', method: 'PUT' });
  await fetch(String(url), { method: 'PUT', body: 'x'.repeat(1024 * 1024 + 1) });
  expect(await invoke(id, 'get', { key: 'large' })).toMatchObject({ code: 'TOO_LARGE', retryable: false });
  await fetch(String(url), { method: 'PUT', body: 'x'.repeat(1024 * 1024) });
  expect(await output(id, 'get', { key: 'large' })).toMatchObject({ sizeBytes: 1024 * 1024 });
});

test.each([
  ['endpoint', { endpoint: 'http://169.254.169.254' }],
  ['endpoint', { endpoint: 'http://10.0.0.1' }],
  ['endpoint', { endpoint: 'ftp://files.example.org' }],
  ['endpoint', { endpoint: 'https://s3.example.org/below' }],
  ['bucket', { bucket: '../others' }],
  ['bucket', { bucket: 'arn:aws:s3:us-west-2:123456789012:accesspoint/x' }],
  ['region', { region: 'us-east-1.evil.example.org/' }],
])('settings are refused: %s %j', async (path, provider) => {
  const result = await mutate(one, owner, 'registerIntegration', { name: 'x', ...settings(provider) });
  expect(result.fields).toEqual([{ path: `configuration.provider.${path}`, message: expect.any(String) as string }]);
});

test('names that lead inside are refused when they are called', async () => {
  const id = await register({ endpoint: 'http://s3.localdomain.invalid', pathStyle: false });
  expect(await invoke(id, 'list', {})).toMatchObject({ code: 'CONNECTION' });
});

describe('a service that answers as it likes', () => {
  const answers: { status: number; body: string; headers?: Record<string, string> }[] = [];
  let hostile: HttpDouble;
  beforeAll(async () => {
    hostile = await HttpDouble.start((_call, response) => {
      const { status, body, headers = {} } = answers[0] ?? { status: 200, body: '' };
      response.writeHead(status, headers).end(body);
    });
  });
  beforeEach(() => {
    answers.length = 0;
    hostile.calls.length = 0;
  });
  afterAll(() => hostile.stop());
  const LIST = (inner: string) => `<?xml version="1.0"?><ListBucketResult>${inner}</ListBucketResult>`;

  test.each([
    [302, '', { code: 'HTTP_STATUS', status: 302, retryable: false }],
    [429, '', { code: 'TOO_MANY_REQUESTS', status: 429, retryable: true, retryAfterSeconds: 7 }],
    [503, '<Error><Code>SlowDown</Code></Error>', { code: 'TOO_MANY_REQUESTS', retryable: true, retryAfterSeconds: 7 }],
    [503, '<html>away</html>', { code: 'HTTP_STATUS', status: 503, retryable: true }],
    [403, '<Error><Code>AccessDenied</Code><Message>no</Message></Error>', { code: 'ACCESS_DENIED', retryable: false }],
    [400, '<Error><Code>InvalidArgument</Code></Error>', { code: 'HTTP_STATUS', retryable: false }],
    [
      301,
      '',
      { code: 'HTTP_STATUS', retryable: false, message: expect.stringContaining('region eu-west-3') as string },
    ],
    [200, 'no XML', { code: 'INVALID_OUTPUT', retryable: false }],
    ...['<?xml version="1.0"?>', '{}', 'null'].map((body): [number, string, object] => [
      200,
      body,
      { code: 'INVALID_OUTPUT', message: expect.not.stringContaining('Cannot read properties') as string },
    ]),
    [200, '<a>'.repeat(100_000), { code: 'INVALID_OUTPUT', retryable: false }],
    [200, '<!DOCTYPE x>'.repeat(40_000) + LIST(''), { code: 'INVALID_OUTPUT', retryable: false }],
    [200, LIST('x'.repeat(600_000)), { code: 'TOO_LARGE', retryable: false }],
    [200, LIST('<Contents><Size>many</Size></Contents>'), { code: 'INVALID_OUTPUT', retryable: false }],
  ])('%i, case %#', async (status, body, expected) => {
    const id = await register({ endpoint: hostile.url });
    const headers = { 'retry-after': '7', 'x-amz-bucket-region': 'eu-west-3', location: 'http://169.254.169.254/' };
    answers.push({ status, body, headers });
    expect(await invoke(id, 'list', {})).toMatchObject(expected);
    expect(hostile.calls).toHaveLength(1);
  });

  test('gets neither what the machine has of Amazon’s settings, nor retries, nor the secret', async () => {
    jest.replaceProperty(process, 'env', {
      AWS_ACCESS_KEY_ID: 'AMBIENT',
      AWS_SECRET_ACCESS_KEY: 'ambient-secret',
      AWS_SESSION_TOKEN: 'ambient-token',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_REGION: 'ambient-1',
      AWS_MAX_ATTEMPTS: '9',
      AWS_PROFILE: 'none',
      AWS_CONFIG_FILE: '/nonexistent/config',
      AWS_SDK_UA_APP_ID: 'ambient',
      AWS_USE_FIPS_ENDPOINT: 'true',
    });
    try {
      const id = await register({ endpoint: hostile.url });
      answers.push({ status: 200, body: '', headers: { etag: '"1"' } });
      expect(await output(id, 'put', { key: 'a', content: 'hello' })).toEqual({ key: 'a', sizeBytes: 5, etag: '1' });
      answers[0] = { status: 500, body: '' };
      expect(await invoke(id, 'list', {})).toMatchObject({ code: 'HTTP_STATUS' });
      expect(hostile.calls).toHaveLength(2);
      const [{ method, path, headers, body } = { method: '', path: '', headers: {}, body: '' }] = hostile.calls;
      expect([method, path, body, headers['content-type']]).toEqual([
        ...['PUT', '/papers/a?x-id=PutObject', 'hello', 'application/octet-stream'],
      ]);
      expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDOFTHETESTS\/\d{8}\/us-east-1\/s3\//);
      const sent = JSON.stringify(hostile.calls.map((call) => [call.path, call.headers]));
      expect(sent.toLowerCase()).not.toContain('ambient');
      expect(sent).not.toContain(KEYS.secretAccessKey);
    } finally {
      jest.restoreAllMocks();
    }
  });
});
