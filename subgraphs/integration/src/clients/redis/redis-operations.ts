import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { JsonSchema, Operation } from '../integration-client.ts';
import { CallError } from '@flowmesh/platform/resilience';

const MAX_VALUE_BYTES = 1024 * 1024;
const MOST_KEYS = 1_000;

const key = z.string().min(1).max(1_000);
const ttlSeconds = z.int().min(1).max(2_000_000_000);

/** An operation, and how it is done. Keys are given their prefix before and after. */
interface RedisOperation extends Operation {
  readonly run: (redis: Redis, input: unknown, prefix: string) => Promise<unknown>;
}

const schemaOf = (shape: z.ZodType): JsonSchema => z.toJSONSchema(shape, { io: 'input' });

function operation<Input, Output>(
  described: Pick<Operation, 'name' | 'description' | 'readOnly' | 'repeatable'>,
  shapes: { readonly input: z.ZodType<Input>; readonly output: z.ZodType<Output> },
  run: (redis: Redis, input: Input, prefix: string) => Promise<Output>,
): RedisOperation {
  return {
    ...described,
    inputSchema: schemaOf(shapes.input),
    outputSchema: schemaOf(shapes.output),
    // The input satisfies the schema that was made of this shape.
    run: (redis, input, prefix) => run(redis, shapes.input.parse(input), prefix),
  };
}

const reads = { readOnly: true, repeatable: true };
const sets = { readOnly: false, repeatable: true };

async function boundedGet(redis: Redis, name: string): Promise<string | null> {
  if ((await redis.strlen(name)) <= MAX_VALUE_BYTES) return redis.get(name);
  throw new CallError('TOO_LARGE', 'The value is larger than 1 MB.', { retryable: false, fault: false });
}

export const REDIS_OPERATIONS: readonly RedisOperation[] = [
  operation(
    { name: 'get', description: 'The text of a key; null when there is none. At most 1 MB.', ...reads },
    { input: z.strictObject({ key }), output: z.object({ value: z.string().nullable() }) },
    async (redis, input, prefix) => ({ value: await boundedGet(redis, prefix + input.key) }),
  ),
  operation(
    { name: 'set', description: 'Sets a text, for a time or for good; on request only when the key is new.', ...sets },
    {
      input: z.strictObject({
        key,
        value: z.string().max(MAX_VALUE_BYTES),
        ttlSeconds: ttlSeconds.optional(),
        onlyIfAbsent: z.boolean().default(false),
      }),
      output: z.object({ set: z.boolean() }),
    },
    async (redis, { key: name, value, ttlSeconds: ttl, onlyIfAbsent }, prefix) => {
      const options = [...(ttl === undefined ? [] : ['EX', ttl]), ...(onlyIfAbsent ? ['NX'] : [])];
      return { set: (await redis.call('set', prefix + name, value, ...options)) === 'OK' };
    },
  ),
  operation(
    { name: 'delete', description: 'Removes keys; tells how many there were.', ...sets },
    { input: z.strictObject({ keys: z.array(key).min(1).max(MOST_KEYS) }), output: z.object({ deleted: z.int() }) },
    async (redis, { keys }, prefix) => ({ deleted: await redis.del(keys.map((name) => prefix + name)) }),
  ),
  operation(
    { name: 'ttl', description: 'How long a key still lives; null when it is there for good.', ...reads },
    {
      input: z.strictObject({ key }),
      output: z.object({ exists: z.boolean(), ttlSeconds: z.int().nullable() }),
    },
    async (redis, input, prefix) => {
      const left = await redis.ttl(prefix + input.key);
      return { exists: left !== -2, ttlSeconds: left < 0 ? null : left };
    },
  ),
  operation(
    { name: 'expire', description: 'Gives a key a time to live; false when there is no such key.', ...sets },
    { input: z.strictObject({ key, ttlSeconds }), output: z.object({ set: z.boolean() }) },
    async (redis, input, prefix) => ({ set: (await redis.expire(prefix + input.key, input.ttlSeconds)) === 1 }),
  ),
  operation(
    {
      name: 'increment',
      description: 'Adds to a whole number, which begins at 0.',
      readOnly: false,
      repeatable: false,
    },
    {
      input: z.strictObject({ key, by: z.int().min(-1_000_000_000).max(1_000_000_000).default(1) }),
      output: z.object({ value: z.int() }),
    },
    async (redis, { key: name, by }, prefix) => ({ value: await redis.incrby(prefix + name, by) }),
  ),
  operation(
    { name: 'scan', description: 'Names of keys that match a pattern (*, ?, [ab]), without their prefix.', ...reads },
    {
      input: z.strictObject({
        match: z.string().min(1).max(1_000).default('*'),
        limit: z.int().min(1).max(MOST_KEYS).default(100),
      }),
      output: z.object({ keys: z.array(z.string()), truncated: z.boolean() }),
    },
    async (redis, { match, limit }, prefix) => {
      const found = new Set<string>();
      const pattern = prefix.replace(/[\\*?[\]]/g, '\\$&') + match;
      let cursor = '0';
      do {
        const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000);
        for (const name of keys) found.add(name.slice(prefix.length));
        cursor = next;
      } while (cursor !== '0' && found.size <= limit);
      const keys = [...found].sort();
      return { keys: keys.slice(0, limit), truncated: keys.length > limit };
    },
  ),
];
