import { closeSandbox } from '../sandbox/index.ts';
import { readOpenApi } from './index.ts';

afterAll(closeSandbox);

const URL_ENCODED = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';
const BINARY = { type: 'string', format: 'binary' };

async function read(content: object, { openapi = '3.1.0', components = {} } = {}) {
  const paths = { '/a': { post: { requestBody: { content }, responses: {} } } };
  const document = { openapi, info: { title: 'Forms', version: '1' }, paths, components };
  const selection = { tags: null, operations: null, most: 200 };
  const { operations, skipped } = await readOpenApi(JSON.stringify(document), selection);
  return { operation: operations[0], reason: skipped[0]?.reason };
}
const form = (type: string, media: object) => ({ [type]: { schema: { type: 'object' }, ...media } });
const bodyOf = (schema: Readonly<Record<string, unknown>> | undefined) =>
  (schema?.['properties'] as { body: { properties: Record<string, object> } } | undefined)?.body;

test('JSON is preferred, then forms; the first that can be sent is taken', async () => {
  const all = { 'text/plain': {}, ...form(MULTIPART, {}), ...form(URL_ENCODED, {}) };
  expect((await read(all)).operation?.contentType).toBe(URL_ENCODED);
  expect((await read({ ...all, 'application/json': { schema: {} } })).operation?.contentType).toBeNull();
});

test('styles, JSON and media types of fields are those of their encoding', async () => {
  const encoding = {
    ids: { style: 'spaceDelimited' },
    tags: { explode: false },
    filter: { style: 'deepObject', explode: true },
    raw: { contentType: 'application/json' },
    plain: { contentType: 'text/plain' },
  };
  const field = { style: null, explode: true, mediaType: null, isFile: false };
  expect((await read(form(URL_ENCODED, { encoding }))).operation?.form).toEqual([
    { ...field, name: 'ids', style: 'SPACE_DELIMITED', explode: false },
    { ...field, name: 'tags', style: 'FORM', explode: false },
    { ...field, name: 'filter', style: 'DEEP_OBJECT' },
    { ...field, name: 'raw', mediaType: 'application/json' },
  ]);
  expect((await read(form(URL_ENCODED, {}))).operation?.form).toBeUndefined();
  const parts = { note: { contentType: 'text/markdown' }, photo: { contentType: 'image/png, image/jpeg' } };
  expect((await read(form(MULTIPART, { encoding: parts }))).operation?.form).toEqual([
    { ...field, name: 'note', mediaType: 'text/markdown' },
  ]);
});

test('bytes are files, in the schema, too; also where OpenAPI 3.1 says nothing or only a media type', async () => {
  const schema = { $ref: '#/components/schemas/Upload' };
  const Upload = {
    type: 'object',
    required: ['one'],
    properties: {
      one: { ...BINARY, description: 'The photo.' },
      many: { type: 'array', maxItems: 3, items: { $ref: '#/components/schemas/Bytes' } },
      media: { contentMediaType: 'image/png' },
      anything: {},
      text: { type: 'string', contentEncoding: 'base64' },
    },
  };
  const components = { schemas: { Upload, Bytes: BINARY } };
  const encoding = { one: { contentType: 'image/png' } };
  const { operation } = await read({ [MULTIPART]: { schema, encoding } }, { components });
  const field = { style: null, explode: true, mediaType: null, isFile: true };
  expect(operation?.form).toEqual([
    { ...field, name: 'one', mediaType: 'image/png' },
    ...['many', 'media', 'anything'].map((name) => ({ ...field, name })),
  ]);
  const file = { type: 'object', required: ['content'], additionalProperties: false };
  expect(bodyOf(operation?.inputSchema)).toMatchObject({
    required: ['one'],
    properties: {
      one: { ...file, description: 'The photo.' },
      many: { type: 'array', maxItems: 3, items: file },
      media: file,
      anything: { anyOf: [{ type: ['string', 'number', 'boolean'] }, file] },
      text: { type: 'string' },
    },
  });
});

test.each([
  ['a style that forms do not have', URL_ENCODED, { a: { style: 'matrix' } }, 'its field a has the style matrix'],
  ['no encoding', URL_ENCODED, { a: { allowReserved: true } }, 'its field a is sent without encoding (allowReserved)'],
  ['XML', URL_ENCODED, { a: { contentType: 'application/xml' } }, 'its field a is written as application/xml'],
  [
    'a style in multipart',
    MULTIPART,
    { a: { style: 'form' } },
    expect.stringMatching(/^its field a is written in a style/),
  ],
  ['headers', MULTIPART, { a: { headers: { 'x-a': { required: true } } } }, 'its field a needs headers of its own'],
  ['an encoding that is none', MULTIPART, { a: 7 }, 'the encoding of its field a is not an object'],
])('what cannot be sent as declared is skipped: %s', async (_what, type, encoding, reason: unknown) => {
  expect((await read(form(type, { encoding }))).reason).toEqual(reason);
});

test('files in a part of the schema are a reason to skip; styles of version 3.0 mean nothing in multipart', async () => {
  const schema = { allOf: [{ type: 'object', properties: { file: BINARY } }] };
  expect((await read({ [MULTIPART]: { schema } })).reason).toBe(
    'its form has files in a part of its schema (allOf, anyOf, oneOf)',
  );
  const old = await read(form(MULTIPART, { encoding: { a: { style: 'form' } } }), { openapi: '3.0.3' });
  expect(old).toMatchObject({ operation: { contentType: MULTIPART }, reason: undefined });
  const headers = { 'x-a': { schema: {} }, 'content-type': { required: true } };
  expect((await read(form(MULTIPART, { encoding: { a: { headers } } }))).operation?.notes).toEqual([
    'The headers of the field a are left out, which are not supported.',
  ]);
});
