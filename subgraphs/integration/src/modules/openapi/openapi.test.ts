import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import {
  prepareIntegrations,
  userOf,
  type IntegrationProcess,
  type IntegrationUnderTest,
} from '../../testing/integration-under-test.ts';
import { mutate, registered } from '../../testing/operations.ts';

/** The document of ReadMe’s public API, as ReadMe publishes it (MIT). */
const README = readFileSync(
  createRequire(import.meta.url).resolve('@readme/oas-examples/3.1/json/readme.json'),
  'utf8',
);
const owner = userOf('owner');
let integrations: IntegrationUnderTest;
let one: IntegrationProcess;
let service: HttpDouble;
let answer: unknown = {};
let documents: Record<string, string> = {};

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  service = await HttpDouble.start(({ response, path }) => {
    if (path === '/moved') return void response.writeHead(302, { location: `${service.url}/document` }).end();
    const document = documents[path];
    if (document === undefined) return sendJson(response, answer);
    response.writeHead(200, { 'content-type': 'text/yaml' }).end(document);
  });
}, 60_000);
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const register = (more: object = {}) =>
  registered(one, owner, {
    configuration: { baseUrl: `${service.url}/v2`, authentication: { type: 'BEARER' } },
    credentials: { token: 'rdme_secret' },
    ...more,
  });
const importInto = (id: string, input: object) => mutate(one, owner, 'importOpenApi', { id, ...input });
const invoke = (id: string, operation: string, input: object) =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input });
const documentOf = (paths: object) => JSON.stringify({ openapi: '3.1.0', info: { title: 't', version: '1' }, paths });
const get = (operationId: string, more: object = {}) => ({ get: { operationId, responses: {}, ...more } });

test('operations of a public service come from its document, and are called as it says', async () => {
  const id = await register();
  const tried = await importInto(id, { document: README, dryRun: true });
  expect(tried).toMatchObject({
    integration: { id, version: 1 },
    ...{ title: 'ReadMe API', problems: [], servers: ['https://api.readme.com/v2'], changed: [], removed: [] },
    securitySchemes: [{ name: 'bearer', authentication: { type: 'BEARER' } }],
  });
  const operations = ['createAPIKey', 'search', 'getGuide', 'uploadImage'];
  const imported = await importInto(id, { document: README, operations });
  expect(imported).toMatchObject({
    integration: { id, version: 2 },
    added: ['createAPIKey', 'getGuide', 'uploadImage', 'search'],
    skipped: [],
  });
  expect(tried.added).toEqual(expect.arrayContaining(imported.added as string[]));

  answer = { data: { label: 'ci', token: 'new' } };
  const body = { label: 'ci' };
  const made = await invoke(id, 'createAPIKey', { subdomain: 'owl/park', body });
  expect(service.calls.at(-1)).toMatchObject({
    method: 'POST',
    path: '/v2/projects/owl%2Fpark/apikeys',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: 'Bearer rdme_secret' },
  });
  expect(made.__typename).toMatch(/^(InvokeIntegrationSuccess|IntegrationCallFailedError)$/);

  await invoke(id, 'search', { query: 'a b&c', projects: ['x y', 'z'] });
  expect(service.calls.at(-1)).toMatchObject({
    method: 'GET',
    path: '/v2/search?query=a%20b%26c&projects=x%20y&projects=z',
    body: '',
  });
  expect(await invoke(id, 'search', { query: 'a', projects: [{}] })).toMatchObject({
    code: 'INVALID_INPUT',
    fields: [{ path: 'input.projects[0]' }],
  });
  expect(await invoke(id, 'createAPIKey', { body })).toMatchObject({ fields: [{ path: 'input.subdomain' }] });
  answer = { wrong: true };
  expect(await invoke(id, 'getGuide', { branch: 'stable', slug: 'a' })).toMatchObject({ code: 'INVALID_OUTPUT' });
});

test('importing again tells what is new, different and gone, and leaves what was declared by hand', async () => {
  const id = await register({ operations: [{ name: 'own', method: 'GET', path: '/own' }] });
  const first = documentOf({ '/a': get('a'), '/b': get('b'), '/c': get('c'), '/own': get('own') });
  expect(await importInto(id, { document: first })).toMatchObject({
    ...{ added: ['a', 'b', 'c'], changed: [], removed: [], integration: { version: 2 } },
    skipped: [{ name: 'own', reason: 'an operation of this name is declared by hand' }],
  });
  expect(await importInto(id, { document: first })).toMatchObject({
    added: [],
    changed: [],
    integration: { version: 2 },
  });
  const second = documentOf({ '/a': get('a'), '/b2': get('b'), '/d': get('d') });
  const different = { added: ['d'], changed: ['b'], removed: ['c'] };
  expect(await importInto(id, { document: second, dryRun: true })).toMatchObject({
    ...different,
    integration: { version: 2 },
  });
  expect(await importInto(id, { document: second, keepOthers: true, dryRun: true })).toMatchObject({
    ...different,
    removed: [],
  });
  expect(await importInto(id, { document: second, expectedVersion: 1 })).toMatchObject({ code: 'CONFLICT' });
  expect(await importInto(id, { document: second, expectedVersion: 2 })).toMatchObject({
    ...different,
    integration: { version: 3 },
  });
  const query = `query Q($id: ID!) { integration(id: $id) { operations { name imported http { path parameters { name } } } } }`;
  const { integration } = await one.ask<{ integration: { operations: object[] } }>(owner, query, { id });
  const shown = (name: string, path: string, imported = true) => ({ name, imported, http: { path, parameters: [] } });
  expect(integration.operations).toEqual([
    shown('own', '/own', false),
    shown('a', '/a'),
    shown('b', '/b2'),
    shown('d', '/d'),
  ]);
});

test('a selection adds to earlier imports, removes only when it is asked to, and must name what is there', async () => {
  const id = await register();
  const document = documentOf({ '/a': get('a', { tags: ['x'] }), '/b': get('b', { tags: ['y'] }), '/c': get('c') });
  expect(await importInto(id, { document, tags: ['x'] })).toMatchObject({ added: ['a'], removed: [] });
  expect(await importInto(id, { document, operations: ['b'] })).toMatchObject({ added: ['b'], removed: [] });
  expect(await importInto(id, { document, operations: ['b', 'B'], tags: ['z'] })).toMatchObject({
    code: 'INVALID_INPUT',
    fields: [
      { path: 'tags', message: 'must be of the document, which does not have z; it has x, y' },
      { path: 'operations', message: 'must be of the document, which does not have B; it has a, b, c' },
    ],
  });
  expect(await importInto(id, { document, operations: ['c'], keepOthers: false, dryRun: true })).toMatchObject({
    ...{ added: ['c'], removed: ['a', 'b'] },
  });
  expect(await importInto(id, { document: documentOf({}) })).toMatchObject({ removed: ['a', 'b'] });
});

test('a document at an address is fetched without credentials; what it refers to is not', async () => {
  const id = await register();
  const other = `${service.url}/other`;
  documents = {
    '/document': `openapi: 3.0.0\ninfo: { title: t, version: "1" }\npaths:\n  /a: { get: { operationId: a, responses: {} } }\n  /b: { $ref: "${other}" }\n`,
  };
  service.calls.length = 0;
  expect(await importInto(id, { url: `${service.url}/document` })).toMatchObject({
    added: ['a'],
    skipped: [{ operation: '* /b' }],
  });
  expect(service.calls.map(({ path, headers }) => [path, headers['authorization']])).toEqual([
    ['/document', undefined],
  ]);
  const refusals = {
    '/moved': 'answered 302: give the address that it leads to',
    '/none': 'must be OpenAPI 3.0 or 3.1: its field `openapi` says so',
  };
  for (const [path, message] of Object.entries(refusals)) {
    expect(await importInto(id, { url: service.url + path })).toMatchObject({ fields: [{ path: 'url', message }] });
  }
  expect(await importInto(id, { url: 'http://169.254.169.254/' })).toMatchObject({ fields: [{ path: 'url' }] });
  expect(await importInto(id, {})).toMatchObject({ fields: [{ path: 'document' }] });
  expect(await mutate(one, userOf('stranger'), 'importOpenApi', { id, document: '{}' })).toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('too many operations, wrong schemas and headers that cannot be set are told', async () => {
  const id = await register();
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`/${at}`, get(`o${at}`)]));
  expect(await importInto(id, { document: documentOf(many) })).toMatchObject({
    fields: [{ path: 'operations', message: 'must select fewer: there would be 201, and an integration may have 200' }],
  });
  const parameter = (name: string, where: string, schema: object = {}) => ({
    parameters: [{ name, in: where, required: true, schema }],
  });
  const content = { 'application/json': { schema: { type: 'string', pattern: '(?=a)b' } } };
  const paths = {
    '/a': get('header', parameter('Host', 'header')),
    '/b': get('pattern', parameter('p', 'query', { type: 'string', pattern: '(?=a)b' })),
    '/c': get('output', { responses: { 200: { content } } }),
  };
  expect(await importInto(id, { document: documentOf(paths) })).toMatchObject({
    added: ['output'],
    skipped: [
      { name: 'header', reason: expect.stringMatching(/^parameters\[0\]\.name /) },
      { name: 'pattern', reason: expect.stringMatching(/^the schema of its input cannot be used: /) },
    ],
    notes: [{ name: 'output', note: expect.stringMatching(/^Answers are not checked: their schema cannot be used: /) }],
  });
});

const UNSTORABLE = ['\0', '\ud800', '\udc00'];

test('what no database holds is a reason to skip an operation, and is not in what is told', async () => {
  const id = await register();
  for (const each of UNSTORABLE) {
    const text = `a${each}`;
    const document = JSON.stringify({
      openapi: '3.1.0',
      info: { title: text, version: text },
      servers: [{ url: `https://x.test/${text}` }, { url: `https://x.test/${'a'.repeat(100_000)}` }],
      components: { securitySchemes: { [text]: { type: 'apiKey', in: 'header', name: text } } },
      paths: {
        [`/${text}`]: get('path'),
        '/parameter': get('parameter', { parameters: [{ name: text, in: 'query', schema: {} }] }),
        '/schema': get('schema', { parameters: [{ name: 'p', in: 'query', schema: { const: text } }] }),
        '/texts': get(`texts${each}`, { summary: text, description: text, tags: [text] }),
        '/good': get('good'),
      },
    });
    for (const dryRun of [true, false]) {
      const result = await importInto(id, { document, dryRun });
      expect(result).toMatchObject({
        __typename: 'ImportOpenApiSuccess',
        skipped: [
          { name: 'path', operation: 'GET /a\ufffd', reason: expect.stringMatching(/^path must /) },
          { name: 'parameter', reason: expect.stringMatching(/ must /) },
          { name: 'schema', reason: expect.stringMatching(/ must /) },
        ],
        ...{ title: 'a\ufffd', servers: ['https://x.test/a\ufffd', expect.stringMatching(/^.{2000}$/)] },
        securitySchemes: [{ name: 'a\ufffd', authentication: { type: 'API_KEY', in: 'HEADER', name: 'a\ufffd' } }],
      });
      expect(UNSTORABLE.filter((one) => JSON.stringify(result).includes(JSON.stringify(one).slice(1, -1)))).toEqual([]);
    }
  }
  const yaml = 'openapi: 3.0.0\ninfo: { title: t, version: "1" }\npaths: { "/a\\0": { get: { responses: {} } } }\n';
  expect(await importInto(id, { document: yaml })).toMatchObject({ skipped: [{ operation: 'GET /a\ufffd' }] });
});
