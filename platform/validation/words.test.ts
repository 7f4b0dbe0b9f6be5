import { z } from 'zod';
import { parseInput } from './index.ts';

const kinds = z.discriminatedUnion('type', [z.object({ type: z.literal('S3') }), z.object({ type: z.literal('GCS') })]);

const told = (schema: z.ZodType, value: unknown) => {
  const parsed = parseInput(z.object({ value: schema }), { value });
  return parsed.ok ? null : parsed.error.fields.map(({ message }) => message).join('; ');
};

test.each([
  [z.number().min(0), -1, 'must be at least 0'],
  [z.number().max(10_000), 10_001, 'must be at most 10,000'],
  [z.number().gt(0), 0, 'must be more than 0'],
  [z.number().lt(1), 1, 'must be less than 1'],
  [z.int(), 1.5, 'must be a whole number'],
  [z.int(), 2 ** 60, 'must be at most 9,007,199,254,740,991'],
  [z.number().multipleOf(5), 3, 'must be a multiple of 5'],
  [z.number(), 'x', 'must be a number'],
  [z.number(), Infinity, 'must be a number'],
  [z.string(), undefined, 'is required'],
  [z.string(), 5, 'must be a text'],
  [z.string().min(1), '', 'must not be empty'],
  [z.string().min(5), '9:00', 'must have at least 5 characters'],
  [z.string().max(2), 'abc', 'must have at most 2 characters'],
  [z.string().regex(/^a/), 'b', 'does not have the right form'],
  [z.email(), 'b', 'must be an e-mail address, e.g. ada@example.com'],
  [z.iso.datetime(), 'b', 'must be a moment, e.g. 2026-01-31T12:00:00Z'],
  [z.boolean(), 1, 'must be true or false'],
  [z.array(z.string()).min(1), [], 'must not be empty'],
  [z.array(z.string()).max(1_000), Array(1_001).fill(''), 'must have at most 1,000 entries'],
  [z.array(z.string()), {}, 'must be a list'],
  [z.object({}), [], 'must be an object'],
  [z.record(z.string(), z.number()), 1, 'must be an object'],
  [z.strictObject({ a: z.number().optional() }), { b: 1 }, 'must not have "b"'],
  [z.enum(['A', 'B', 'C']), 'D', 'must be A, B or C'],
  [z.literal('A'), 'D', 'must be A'],
  [z.union([z.string(), z.number()]), true, 'is not right'],
  [kinds, { type: 'S4' }, 'must be S3 or GCS'],
  [z.date().min(new Date(0)), new Date(-1), 'must be at least 1970-01-01T00:00:00.000Z'],
  [z.number().min(0, 'must be none'), -1, 'must be none'],
])('%# what is wrong is told in our words', (schema, value, message) => expect(told(schema, value)).toBe(message));
