import { monitorEventLoopDelay } from 'node:perf_hooks';
import { closeSandbox } from '../sandbox/index.ts';
import { OpenApiError, readOpenApi, type OpenApiSelection } from './index.ts';

afterAll(closeSandbox);

const ALL: OpenApiSelection = { tags: null, operations: null, most: 200 };
const documentOf = (paths: object, more: object = {}) => ({
  openapi: '3.1.0',
  info: { title: 'Things', version: '7' },
  paths,
  ...more,
});
const read = (document: object, selection: Partial<OpenApiSelection> = {}) =>
  readOpenApi(JSON.stringify(document), { ...ALL, ...selection });
const OK = { responses: { 200: { description: 'fine' } } };
const reasonFor = async (operation: object, path = '/a', more: object = {}) =>
  (await read(documentOf({ [path]: { post: { ...OK, ...operation } } }, more))).skipped[0]?.reason;

test('parameters and the body become one input; names that collide are told apart', async () => {
  const parameters = [
    { name: 'id', in: 'path', required: true, schema: { type: 'string' }, description: 'Which one.' },
    { name: 'id', in: 'query', schema: { type: 'array', items: { type: 'integer' } } },
    { name: 'body', in: 'header', schema: { type: 'string' } },
    {
      name: 'filter',
      in: 'query',
      style: 'deepObject',
      explode: true,
      schema: { $ref: '#/components/schemas/Filter' },
    },
    { name: 'Authorization', in: 'header', required: true, schema: { type: 'string' } },
    { name: 'session', in: 'cookie', schema: { type: 'string' } },
  ];
  const put = {
    operationId: 'Put a thing!',
    summary: 'Puts.',
    parameters: parameters.slice(1),
    requestBody: {
      required: true,
      content: { 'application/merge-patch+json': { schema: { $ref: '#/components/schemas/Thing' } } },
    },
    responses: {
      201: { description: 'made', content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
    },
  };
  const Thing = {
    type: 'object',
    required: ['id', 'name'],
    properties: {
      id: { type: 'string', readOnly: true },
      name: { type: 'string', example: 'x' },
      children: { type: 'array', items: { $ref: '#/components/schemas/Thing' } },
    },
    discriminator: { propertyName: 'name' },
  };
  const components = { schemas: { Thing, Filter: { type: 'object' } } };
  const { operations, skipped, ...about } = await read(
    documentOf(
      { '/things/{id}': { parameters: parameters.slice(0, 1), put } },
      { components, servers: [{ url: 'https://{region}.example', variables: { region: { default: 'eu' } } }] },
    ),
  );
  expect(skipped).toEqual([]);
  expect(about).toMatchObject({
    title: 'Things',
    documentVersion: '7',
    openApiVersion: '3.1.0',
    problems: [],
    wanted: 1,
    servers: ['https://eu.example'],
  });
  const shape = (required: string[]) => ({
    type: 'object',
    required,
    properties: {
      id: { type: 'string', readOnly: true },
      name: { type: 'string' },
      children: { type: 'array', items: { $ref: '#/$defs/Thing' } },
    },
  });
  expect(operations).toEqual([
    {
      name: 'Put_a_thing',
      description: 'Puts.',
      method: 'PUT',
      path: '/things/{id_path}',
      parameters: [
        { in: 'PATH', name: 'id', field: 'id_path', style: 'SIMPLE', explode: false },
        { in: 'QUERY', name: 'id', field: 'id_query', style: 'FORM', explode: true },
        { in: 'HEADER', name: 'body', field: 'body_header', style: 'SIMPLE', explode: false },
        { in: 'QUERY', name: 'filter', field: 'filter', style: 'DEEP_OBJECT', explode: true },
      ],
      body: 'body',
      contentType: 'application/merge-patch+json',
      inputSchema: {
        type: 'object',
        properties: {
          id_path: { type: 'string', description: 'Which one.' },
          id_query: { type: 'array', items: { type: 'integer' } },
          body_header: { type: 'string' },
          filter: { $ref: '#/$defs/Filter' },
          body: { $ref: '#/$defs/Thing' },
        },
        required: ['id_path', 'body'],
        additionalProperties: false,
        $defs: { Filter: { type: 'object' }, Thing: shape(['name']) },
      },
      outputSchema: { $ref: '#/$defs/Thing', $defs: { Thing: shape(['id', 'name']) } },
      notes: ['The parameter session is left out: it is a cookie, which is not supported.'],
    },
  ]);
});

test('schemas of OpenAPI 3.0 mean in JSON Schema what they mean there', async () => {
  const schema = {
    type: 'object',
    properties: {
      a: { type: 'string', nullable: true, enum: ['x'] },
      b: { type: 'number', minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false },
      c: { allOf: [{ type: 'string' }], nullable: true },
      nullable: { type: 'string', 'x-internal': true },
    },
  };
  const { operations } = await read({
    ...documentOf({ '/a': { post: { ...OK, requestBody: { content: { 'application/json': { schema } } } } } }),
    openapi: '3.0.3',
  });
  expect(operations[0]?.name).toBe('post_a');
  expect(operations[0]?.inputSchema['properties']).toEqual({
    body: {
      type: 'object',
      properties: {
        a: { type: ['string', 'null'], enum: ['x', null] },
        b: { type: 'number', exclusiveMinimum: 1, maximum: 9 },
        c: { anyOf: [{ allOf: [{ type: 'string' }] }, { type: 'null' }] },
        nullable: { type: 'string' },
      },
    },
  });
});

test('what cannot be sent as declared is skipped, with the reason', async () => {
  const parameter = (more: object) => ({
    parameters: [{ name: 'p', in: 'query', required: true, schema: {}, ...more }],
  });
  const content = (type: string, schema: object = {}) => ({ requestBody: { content: { [type]: { schema } } } });
  expect(await reasonFor(parameter({ in: 'path', style: 'matrix' }), '/a/{p}')).toBe(
    'its parameter p has the style matrix, which is not supported',
  );
  expect(await reasonFor(parameter({ allowReserved: true }))).toBe(
    'its parameter p is sent without encoding (allowReserved), which is not supported',
  );
  expect(await reasonFor(parameter({ in: 'cookie' }))).toBe('its parameter p is a cookie, which is not supported');
  expect(await reasonFor({}, '/a/{missing}')).toBe('the parameter {missing} of its path is not declared');
  expect(await reasonFor(content('image/png'))).toBe('its body is neither JSON nor a form but image/png');
  expect(await reasonFor({ servers: [{ url: 'https://other.example' }] })).toMatch('has servers of its own');
  expect(await reasonFor(content('application/json', { $ref: '#/components/schemas/No' }))).toBe(
    'the reference #/components/schemas/No leads nowhere',
  );
  for (const reference of ['file:///etc/passwd', 'http://169.254.169.254/latest', 'other.yaml#/a', '//a']) {
    const refused = `it refers to another document, which is not read: ${reference}`;
    expect(await reasonFor(content('application/json', { $ref: reference }))).toBe(refused);
    expect((await read(documentOf({ '/a': { $ref: reference } }))).skipped).toMatchObject([{ reason: refused }]);
  }
  const circle = { components: { parameters: { a: { $ref: '#/components/parameters/a' } } } };
  expect(await reasonFor({ parameters: [{ $ref: '#/components/parameters/a' }] }, '/a', circle)).toMatch(
    'leads in a circle',
  );
});

test('a selection by tag, operationId and name; more than may be read are only counted', async () => {
  const of = (tag: string, operationId?: string) => ({ ...OK, tags: [tag], operationId });
  const document = documentOf({ '/a': { get: of('x', 'one two'), put: of('y') }, '/b': { get: of('x') } });
  const names = async (selection: Partial<OpenApiSelection>) =>
    (await read(document, selection)).operations.map(({ name }) => name);
  expect(await names({})).toEqual(['one_two', 'put_a', 'get_b']);
  expect(await names({ tags: ['x'] })).toEqual(['one_two', 'get_b']);
  expect(await names({ operations: ['one two', 'put_a'] })).toEqual(['one_two', 'put_a']);
  const known = { tags: ['x', 'y'], operations: ['one_two', 'put_a', 'get_b'] };
  expect((await read(document, { tags: ['x', 'Y'], operations: ['one two', 'get_c'] })).selected).toEqual({
    tags: { unknown: ['Y'], known: known.tags },
    operations: { unknown: ['get_c'], known: known.operations },
  });
  expect(await read(document, { most: 1 })).toMatchObject({ wanted: 3, operations: [{ name: 'one_two' }] });
});

test('security schemes become the authentication that does the same', async () => {
  const flow = { tokenUrl: 'https://a.example/token', scopes: { 'read:a': '', 'write:a': '' } };
  const securitySchemes = {
    basic: { type: 'http', scheme: 'basic' },
    bearer: { type: 'http', scheme: 'Bearer' },
    key: { type: 'apiKey', in: 'query', name: 'key' },
    cookie: { type: 'apiKey', in: 'cookie', name: 'key' },
    machine: { type: 'oauth2', flows: { clientCredentials: flow } },
    person: { type: 'oauth2', flows: { authorizationCode: { ...flow, authorizationUrl: 'https://a.example/allow' } } },
    implicit: { type: 'oauth2', flows: { implicit: { authorizationUrl: 'https://a.example/allow', scopes: {} } } },
    openid: { type: 'openIdConnect', openIdConnectUrl: 'https://a.example/' },
  };
  const read3 = await read(documentOf({}, { components: { securitySchemes } }));
  expect(Object.fromEntries(read3.securitySchemes.map(({ name, authentication }) => [name, authentication]))).toEqual({
    basic: { type: 'BASIC' },
    bearer: { type: 'BEARER' },
    key: { type: 'API_KEY', in: 'QUERY', name: 'key' },
    cookie: null,
    machine: { type: 'OAUTH2_CLIENT_CREDENTIALS', tokenUrl: flow.tokenUrl, scope: 'read:a write:a' },
    person: {
      type: 'OAUTH2_AUTHORIZATION_CODE',
      authorizationUrl: 'https://a.example/allow',
      tokenUrl: flow.tokenUrl,
      scope: 'read:a write:a',
    },
    implicit: null,
    openid: null,
  });
});

const refusal = (text: string) =>
  readOpenApi(text, ALL).then(
    () => 'accepted',
    (error: unknown) => (error instanceof OpenApiError ? error.message : `not refused: ${String(error)}`),
  );

test('hostile documents are refused, and end nothing', async () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefghi'.split('').map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]`),
  ];
  expect(await refusal(bomb.join('\n'))).toMatch(/^cannot be used: Excessive alias count/);
  expect(await refusal('a: &a [*a]')).toMatch(/^(cannot be used|must not be nested)/);
  expect(await refusal(`{"a":${'['.repeat(200)}${']'.repeat(200)}}`)).toBe('must not be nested more than 100 deep');
  expect(await refusal(`${'['.repeat(100_000)}`)).toMatch(/./);
  expect(await refusal(`{"a":[${'1,'.repeat(600_000)}1]}`)).toBe('must not have more than 500,000 values');
  expect(await refusal(`a: [${'1, '.repeat(3_000_000)}1]`)).toMatch(
    /^takes too much (time|memory) to read: give a smaller one$/,
  );
  expect(await refusal('{ not: [closed')).toMatch(/^is neither JSON nor YAML: /);
  expect(await refusal('just a text')).toBe('is not an OpenAPI document: it must be an object');
  expect(await refusal('swagger: "2.0"\npaths: {}')).toBe('must be OpenAPI 3.0 or 3.1: its field `openapi` says so');
  expect(await refusal('openapi: 3.1.0')).toBe('has no `paths`');
}, 60_000);

test('a document of 10 MB keeps nobody waiting for 50 ms', async () => {
  const text = JSON.stringify(documentOf({ '/a': { get: OK } })).padEnd(10_000_000);
  const lags = [Infinity];
  // The least of some: the processor is shared with others.
  for (let run = 0; run < 10 && Math.min(...lags) >= 50; run += 1) {
    const lag = monitorEventLoopDelay({ resolution: 1 });
    lag.enable();
    expect((await readOpenApi(text, ALL)).operations).toHaveLength(1);
    lag.disable();
    lags.push(lag.max / 1e6);
  }
  expect(Math.min(...lags)).toBeLessThan(50);
}, 60_000);

test.each([
  ['lists of YAML', 'a: ' + '['.repeat(20_000) + ']'.repeat(20_000)],
  ['objects of YAML', 'a: ' + '{ b: '.repeat(20_000) + '1' + '}'.repeat(20_000)],
  ['JSON', '{"a":' + '['.repeat(20_000) + ']'.repeat(20_000) + '}'],
])('%s that are nested too deeply are refused with the limit', async (_what, text) => {
  await expect(readOpenApi(text, ALL)).rejects.toThrow('must not be nested more than 100 deep');
});

test.each<[string, unknown, unknown, boolean]>([
  ['its own address again', [{ url: 'https://api.example/' }], [{ url: 'https://API.example:443' }], true],
  ['relative addresses', [{ url: '/v1' }], [{ url: 'v1/' }], true],
  [
    'the defaults of variables',
    [{ url: 'https://{region}.example', variables: { region: { default: 'eu' } } }],
    [{ url: 'https://eu.example' }],
    true,
  ],
  [
    'one of several',
    [{ url: 'https://a.example' }, { url: 'https://b.example' }],
    [{ url: 'https://b.example' }],
    true,
  ],
  ['the root, where the document names none', undefined, [{ url: '/' }], true],
  ['another address', [{ url: 'https://api.example' }], [{ url: 'https://api.example/v2' }], false],
  ['another host', undefined, [{ url: 'https://api.example' }], false],
])(
  'an operation whose path names servers is taken if they are those of the document: %s',
  async (_what, all, own, is) => {
    const get = { responses: { 200: { description: 'fine' } } };
    for (const item of [{ servers: own, get }, { get: { ...get, servers: own } }]) {
      const { operations } = await read(documentOf({ '/a': item }, all === undefined ? {} : { servers: all }));
      expect(operations).toHaveLength(is ? 1 : 0);
    }
  },
);
