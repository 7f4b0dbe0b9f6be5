import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HttpDouble, sendJson } from '@flowmesh/platform/testing';
import fc from 'fast-check';
import { buildRequest } from '../../clients/http/http-request.ts';
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

beforeAll(async () => {
  integrations = await prepareIntegrations();
  one = await integrations.process();
  service = await HttpDouble.start((_call, response) => sendJson(response, {}));
}, 60_000);
afterAll(async () => {
  await service.stop();
  await integrations.stop();
}, 30_000);

const register = (more: object = {}) =>
  registered(one, owner, {
    configuration: { baseUrl: service.url },
    policy: { retry: { maxAttempts: 1 } },
    ...more,
  });
const invoke = (id: string, operation: string, input: object) =>
  mutate(one, owner, 'invokeIntegration', { id, operation, input });

type Field = readonly [name: string, value: string | { name: string; type: string; bytes: number[] }];

/** What the parser of Node finds in a body. */
async function parsed(body: Uint8Array | string, contentType: string): Promise<Field[]> {
  const data = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  return Promise.all(
    [...data].map(async ([name, value]): Promise<Field> => {
      if (typeof value === 'string') return [name, value];
      const bytes = [...new Uint8Array(await value.arrayBuffer())];
      return [name, { name: value.name, type: value.type, bytes }];
    }),
  );
}
const received = () => {
  const { bytes, headers } = service.calls.at(-1)!;
  return parsed(bytes, headers['content-type']!);
};

const UPLOAD = { name: 'upload', method: 'POST', path: '/upload', contentType: 'multipart/form-data' };
const POST = { name: 'post', method: 'POST', path: '/post', contentType: 'application/x-www-form-urlencoded' };

test('files and fields of a public service are uploaded as its document says', async () => {
  const id = await register();
  const operations = ['uploadImage', 'createAPI'];
  const imported = await mutate(one, owner, 'importOpenApi', { id, document: README, operations });
  expect(imported).toMatchObject({ added: ['createAPI', 'uploadImage'], skipped: [] });
  const content = Buffer.from([0, 13, 10, 45, 45, 255]).toString('base64');
  const file = { content, name: 'a "b"\u00e9.png', mediaType: 'image/png' };
  expect(await invoke(id, 'uploadImage', { body: { file } })).toMatchObject({ attempts: 1 });
  expect(await received()).toEqual([
    ['file', { name: 'a "b"\u00e9.png', type: 'image/png', bytes: [0, 13, 10, 45, 45, 255] }],
  ]);
  const body = { upload_source: 'form', url: 'https://x.example/a?b=c&d' };
  await invoke(id, 'createAPI', { branch: 'stable', body });
  expect(await received()).toEqual(Object.entries(body));
});

test('a form declared by hand: lists, objects, styles and files; what is not there is left out', async () => {
  const form = [
    { name: 'ids', style: 'PIPE_DELIMITED' },
    { name: 'filter', style: 'DEEP_OBJECT' },
    { name: 'raw', mediaType: 'application/json' },
  ];
  const files = [{ name: 'file', isFile: true, mediaType: 'text/csv' }, ...form.slice(2)];
  const id = await register({
    operations: [
      { ...POST, form },
      { ...UPLOAD, path: '/upload/{id}', form: files },
    ],
  });
  const common = { text: 'a b&c=\u00e9', none: null, list: ['x', 2, true, { a: 1 }], object: { a: [1] } };
  await invoke(id, 'post', { ...common, ids: [1, 'a|b'], filter: { a: 'x', b: 2 }, raw: ['y'] });
  expect(service.calls.at(-1)?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  const usual: Field[] = [
    ['text', common.text],
    ...['x', '2', 'true', '{"a":1}'].map((each): Field => ['list', each]),
    ['object', '{"a":[1]}'],
  ];
  const more: Field[] = [
    ['ids', '1|a|b'],
    ['filter[a]', 'x'],
    ['filter[b]', '2'],
    ['raw', '["y"]'],
  ];
  expect(await received()).toEqual([...usual, ...more]);

  const file = [{ content: 'YQ==' }, { content: '', name: 'b', mediaType: 'image/png' }, 'text'];
  await invoke(id, 'upload', { id: 7, ...common, raw: 'y', file });
  expect(service.calls.at(-1)?.path).toBe('/upload/7');
  expect(await received()).toEqual([
    ...usual,
    ['raw', '"y"'],
    ['file', { name: 'file', type: 'text/csv', bytes: [97] }],
    ['file', { name: 'b', type: 'image/png', bytes: [] }],
    ['file', 'text'],
  ]);
  expect(service.calls.at(-1)?.body).toMatch(
    /name="object"\r\ncontent-type: application\/json\r\n\r\n\{"a":\[1\]\}\r\n/,
  );
});

test('a signature covers the bytes of a form', async () => {
  const authentication = { type: 'HMAC', algorithm: 'sha256', encoding: 'hex', header: 'x-signature' };
  const id = await register({
    configuration: { baseUrl: service.url, authentication },
    credentials: { secret: 'k' },
    operations: [{ ...UPLOAD, form: [{ name: 'file', isFile: true }] }],
  });
  await invoke(id, 'upload', { file: { content: '/wA=' } });
  const { bytes, headers } = service.calls.at(-1)!;
  const key = await crypto.subtle.importKey('raw', Buffer.from('k'), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const signature = Buffer.from(await crypto.subtle.sign('HMAC', key, Buffer.from(bytes))).toString('hex');
  expect(headers['x-signature']).toBe(signature);
});

test('what is no file or no form is refused, and nothing is sent', async () => {
  const id = await register({
    operations: [
      { ...UPLOAD, body: 'body', form: [{ name: 'file', isFile: true }] },
      { ...POST, form: [{ name: 'filter', style: 'DEEP_OBJECT' }] },
    ],
  });
  const before = service.calls.length;
  for (const [operation, input, path] of [
    ['upload', { body: 'text' }, 'input.body'],
    ['upload', { body: { file: [{ content: 'YQ==' }, { content: 'YQ=' }] } }, 'input.body.file[1].content'],
    ['upload', { body: { file: { name: 'a' } } }, 'input.body.file.content'],
    ['upload', { body: { file: { content: '', name: 'a\r\nb' } } }, 'input.body.file.name'],
    ['upload', { body: { file: { content: '', mediaType: 'a/b\r\nc: d' } } }, 'input.body.file.mediaType'],
    ['post', { filter: { a: { b: 1 } } }, 'input.filter'],
  ] as const) {
    expect(await invoke(id, operation, input)).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path }] });
  }
  expect(service.calls).toHaveLength(before);
});

test.each([
  [{ contentType: 'text/plain' }, 'operations[0].contentType'],
  [{ contentType: null, form: [{ name: 'a' }] }, 'operations[0].form'],
  [{ form: [{ name: 'a' }, { name: 'a' }] }, 'operations[0].form[1].name'],
  [{ form: [{ name: 'a', isFile: true }] }, 'operations[0].form[0].isFile'],
  [{ form: [{ name: 'a', style: 'SIMPLE' }] }, 'operations[0].form[0].style'],
  [{ form: [{ name: 'a', style: 'FORM', mediaType: 'a/b' }] }, 'operations[0].form[0].mediaType'],
  [{ form: [{ name: 'a', mediaType: 'a/b\r\nc: d' }] }, 'operations[0].form[0].mediaType'],
  [{ contentType: UPLOAD.contentType, form: [{ name: 'a', style: 'FORM' }] }, 'operations[0].form[0].style'],
])('an operation with %j is refused at %s', async (more, path) => {
  const input = {
    name: 'x',
    type: 'HTTP',
    configuration: { baseUrl: service.url },
    operations: [{ ...POST, ...more }],
  };
  expect(await mutate(one, owner, 'registerIntegration', input)).toMatchObject({ fields: [{ path }] });
});

test('whatever the names and values, the parser finds them', async () => {
  const text = fc.string({ unit: 'grapheme' });
  const shape = { method: 'POST', path: '/', query: [], headers: [], body: null } as const;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { maxLength: 5 }), async (pairs) => {
      const fields = Object.fromEntries(pairs.filter(([name]) => name !== '' && name !== '__proto__'));
      for (const contentType of [POST.contentType, UPLOAD.contentType]) {
        const built = buildRequest('https://api.example', { ...shape, contentType }, fields);
        const found = await parsed(built.body ?? '', built.contentType);
        expect(found).toEqual(Object.entries(fields));
      }
    }),
    { numRuns: 200 },
  );
});
