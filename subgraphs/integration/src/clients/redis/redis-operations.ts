import { z } from 'zod';
import type { JsonSchema, Operation } from '../integration-client.ts';

const MAX_VALUE_CHARACTERS = 1024 * 1024;
const MOST_KEYS = 1_000;

const key = z.string().min(1).max(1_000);
const field = z.string().min(1).max(1_000);
const ttlSeconds = z.int().min(1).max(2_000_000_000);
const value = z.string().max(MAX_VALUE_CHARACTERS);
const found = z.object({ value: z.string().nullable() });

const schemaOf = (shape: z.ZodType): JsonSchema => z.toJSONSchema(shape, { io: 'input' });

type Kind = Pick<Operation, 'readOnly' | 'repeatable'>;
const READS: Kind = { readOnly: true, repeatable: true };
const SETS: Kind = { readOnly: false, repeatable: true };
const ADDS: Kind = { readOnly: false, repeatable: false };

const operation = (
  name: string,
  description: string,
  kind: Kind,
  input: z.ZodRawShape,
  output: z.ZodType,
): Operation => ({
  ...{ name, description, ...kind },
  inputSchema: schemaOf(z.strictObject(input)),
  outputSchema: schemaOf(output),
});

/** How each is done is the business of `client-host/process/redis-operations.mjs`. */
export const REDIS_OPERATIONS: readonly Operation[] = [
  operation('get', 'The text of a key; null when there is none. At most 1 MB.', READS, { key }, found),
  operation(
    'set',
    'Sets a text, for a time or for good; on request only when the key is new.',
    SETS,
    { key, value, ttlSeconds: ttlSeconds.optional(), onlyIfAbsent: z.boolean().default(false) },
    z.object({ set: z.boolean() }),
  ),
  operation(
    'delete',
    'Removes keys; tells how many there were.',
    SETS,
    { keys: z.array(key).min(1).max(MOST_KEYS) },
    z.object({ deleted: z.int() }),
  ),
  operation(
    'ttl',
    'How long a key still lives; null when it is there for good.',
    READS,
    { key },
    z.object({ exists: z.boolean(), ttlSeconds: z.int().nullable() }),
  ),
  operation(
    'expire',
    'Gives a key a time to live; false when there is no such key.',
    SETS,
    { key, ttlSeconds },
    z.object({ set: z.boolean() }),
  ),
  operation(
    'increment',
    'Adds to a whole number, which begins at 0.',
    ADDS,
    { key, by: z.int().min(-1_000_000_000).max(1_000_000_000).default(1) },
    z.object({ value: z.int() }),
  ),
  operation('getField', 'The text of a field of a hash; null when there is none.', READS, { key, field }, found),
  operation(
    'setFields',
    'Sets fields of a hash; tells how many are new.',
    SETS,
    { key, fields: z.record(field, value).meta({ minProperties: 1 }) },
    z.object({ added: z.int() }),
  ),
  operation(
    'deleteFields',
    'Removes fields of a hash; tells how many there were.',
    SETS,
    { key, fields: z.array(field).min(1).max(MOST_KEYS) },
    z.object({ deleted: z.int() }),
  ),
  operation(
    'publish',
    'Tells a message to whoever listens to a channel; tells how many did.',
    ADDS,
    { channel: key, message: value },
    z.object({ receivers: z.int() }),
  ),
  operation(
    'scan',
    'Names of keys that match a pattern (*, ?, [ab]), without their prefix; looks at about a million keys.',
    READS,
    {
      match: z.string().min(1).max(1_000).default('*'),
      limit: z.int().min(1).max(MOST_KEYS).default(100),
    },
    z.object({ keys: z.array(z.string()), truncated: z.boolean() }),
  ),
];
