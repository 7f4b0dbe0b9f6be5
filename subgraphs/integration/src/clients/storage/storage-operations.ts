import { z } from 'zod';
import { hasSteps } from '../http/http-operation.ts';
import type { Operation } from '../integration-client.ts';
import { jsonSchemaOf, readInput } from '../typed-operation.ts';

/** Of an object that `get` gives. */
export const MAX_OBJECT_BYTES = 1024 * 1024;
const MAX_CONTENT_CHARACTERS = 1_000_000;
const MAX_KEY_BYTES = 1_024;
const LONGEST_LIFE_S = 7 * 24 * 3600;

const key = z
  .string()
  .min(1)
  .max(MAX_KEY_BYTES)
  .regex(/^\P{Cc}*$/u, 'must not have control characters')
  .refine((text) => Buffer.byteLength(text) <= MAX_KEY_BYTES, 'must have at most 1,024 bytes')
  // Addresses would leave the bucket by them.
  .refine((text) => !hasSteps(text), 'must not have the steps . and ..');
const encoding = z.enum(['TEXT', 'BASE64']);

const INPUTS = {
  put: z.strictObject({
    key,
    content: z
      .string()
      .max(MAX_CONTENT_CHARACTERS)
      .describe('A text, or bytes in base64; the whole input has at most 1 MB'),
    encoding: encoding.default('TEXT').describe('What `content` is'),
    contentType: z
      .string()
      .regex(/^[\w.+-]{1,100}\/[\w.+-]{1,100}(; ?charset=[\w-]{1,40})?$/, 'must be a media type, e.g. text/plain')
      .default('application/octet-stream'),
  }),
  get: z.strictObject({
    key,
    encoding: encoding.optional().describe('By default TEXT when the content is UTF-8, otherwise BASE64'),
  }),
  head: z.strictObject({ key }),
  list: z.strictObject({
    prefix: z.string().max(MAX_KEY_BYTES).default(''),
    delimiter: z
      .string()
      .min(1)
      .max(10)
      .optional()
      .describe('Keys that have it after the prefix are told as `prefixes`'),
    limit: z.int().min(1).max(500).default(100),
    cursor: z.string().min(1).max(4_000).optional().describe('`nextCursor` of the page before'),
  }),
  delete: z.strictObject({ key }),
  presign: z.strictObject({
    key,
    method: z.enum(['GET', 'PUT']).default('GET'),
    expiresInSeconds: z.int().min(1).max(LONGEST_LIFE_S).default(900),
  }),
} as const;

export type StorageOperationName = keyof typeof INPUTS;
export type StorageInput<Name extends StorageOperationName> = z.output<(typeof INPUTS)[Name]>;

const stored = { sizeBytes: z.int(), contentType: z.string().nullable(), etag: z.string().nullable() };
const at = z.string().nullable().describe('RFC 3339');

const OUTPUTS = {
  put: z.object({ key: z.string(), sizeBytes: z.int(), etag: z.string().nullable() }),
  get: z.object({ key: z.string(), content: z.string(), encoding, ...stored, lastModified: at }),
  head: z.object({
    exists: z.boolean(),
    ...stored,
    sizeBytes: z.int().nullable(),
    lastModified: at,
  }),
  list: z.object({
    objects: z.array(z.object({ key: z.string(), sizeBytes: z.int(), etag: z.string().nullable(), lastModified: at })),
    prefixes: z.array(z.string()),
    nextCursor: z.string().nullable(),
  }),
  delete: z.object({ key: z.string() }),
  presign: z.object({ url: z.string(), expiresAt: z.string().describe('RFC 3339') }),
} as const;

export type StorageOutput<Name extends StorageOperationName> = z.output<(typeof OUTPUTS)[Name]>;

/** Another object with the same content, or none where there is none, is what doing it twice comes to. */
const CHANGES: ReadonlySet<StorageOperationName> = new Set(['put', 'delete']);

/** What was put there, and an address that is a permission by itself. A secret of S3 is never sent, so neither can tell it. */
const OWN_FIELDS: Partial<Record<StorageOperationName, readonly string[]>> = { get: ['content'], presign: ['url'] };

const DESCRIPTIONS: Readonly<Record<StorageOperationName, string>> = {
  put: 'Stores an object, instead of one that has the key already.',
  get: 'The content of an object of at most 1 MB; `presign` gives larger ones.',
  head: 'Whether there is an object, and what is known of it.',
  list: 'Objects in the order of their keys, page by page.',
  delete: 'Removes an object. There need not be one.',
  presign: 'An address with which anybody may get or put one object, for a time.',
};

export const STORAGE_OPERATIONS: readonly Operation[] = (Object.keys(INPUTS) as StorageOperationName[]).map((name) => ({
  name,
  description: DESCRIPTIONS[name],
  inputSchema: jsonSchemaOf(INPUTS[name]),
  outputSchema: jsonSchemaOf(OUTPUTS[name]),
  // Addresses end, so that they are not to be cached.
  readOnly: !CHANGES.has(name) && name !== 'presign',
  repeatable: true,
  ownFields: OWN_FIELDS[name] ?? [],
}));

export const readStorageInput = <Name extends StorageOperationName>(name: Name, input: unknown): StorageInput<Name> =>
  readInput(INPUTS[name], input) as StorageInput<Name>;
