import { closeSandbox } from '../sandbox/index.ts';
import { checkSchema, validateAgainst } from './index.ts';

afterAll(closeSandbox);

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const keyed = (count: number, make: (index: number) => unknown, prefix = 'k') =>
  Object.fromEntries(times(count, (index) => [`${prefix}${index}`, make(index)]));
const nested = (depth: number, around: (inner: object) => object, core: object): object =>
  depth === 0 ? core : around(nested(depth - 1, around, core));

/** Each was too much for this thread, or might be. */
const CASES: Readonly<Record<string, readonly [schema: object, value: unknown]>> = {
  'anyOf of 3,000 on 2,000 items': [
    { items: { anyOf: times(3_000, (n) => ({ required: [`a${n}`] })) } },
    times(2_000, () => ({})),
  ],
  'allOf of 3,000 with unevaluatedProperties': [
    { allOf: times(3_000, (n) => ({ properties: { [`a${n}`]: true } })), unevaluatedProperties: false },
    {},
  ],
  'a wrong item 300,000 times': [{ items: { type: 'string' } }, times(300_000, (n) => n)],
  '5,000 properties': [{ properties: keyed(5_000, () => ({ type: 'string' })) }, keyed(5_000, () => 1)],
  'an enum of 20,000': [{ items: { enum: times(20_000, (n) => n) } }, times(2_000, () => -1)],
  'uniqueItems a hundred times': [{ allOf: times(100, () => ({ uniqueItems: true })) }, times(20_000, (n) => ({ n }))],
  'references that copy errors': [
    { $defs: { s: { type: 'string' } }, items: { allOf: times(30, () => ({ $ref: '#/$defs/s' })) } },
    times(3_000, (n) => n),
  ],
  'patterns that repeat': [{ allOf: times(100, (n) => ({ pattern: `([a-z]{30}){30}${n}` })) }, 'a'.repeat(10_000)],
  'a pattern that repeats too often': [{ pattern: '(a{1000}){1000}' }, 'a'],
  'a format of the square': [{ format: 'url' }, 'http://'.repeat(100_000)],
  'a schema 1,000 deep': [nested(1_000, (inner) => ({ properties: { a: inner } }), {}), {}],
  $dynamicRef: [
    { $dynamicAnchor: 'n', properties: { c: { items: { $dynamicRef: '#n' } } } },
    { c: times(1_000, () => ({ c: [{}] })) },
  ],
};

test.each(Object.entries(CASES))('%s: an answer in time, and this thread is free', async (_name, [schema, value]) => {
  const before = process.cpuUsage();
  const begin = performance.now();
  expect(Array.isArray(await checkSchema(schema))).toBe(true);
  // Schemas that are refused are never used; where one is nevertheless, that is told as an error.
  const problems = await validateAgainst(schema, value).catch((error: Error) => [{ path: '', message: error.message }]);
  const took = performance.now() - begin;
  // Of this process, in microseconds; a busy machine has no part in it.
  const { user } = process.cpuUsage(before);
  expect(problems.length).toBeLessThanOrEqual(50);
  for (const { path, message } of problems) expect(path.length + message.length).toBeLessThan(1_000);
  // 5 s for the schema and 10 s for the value at most, and what waiting takes on a busy machine.
  expect(took).toBeLessThan(40_000);
  // Measured: 0.2 s at most, for data of some megabytes, which are written in slices.
  expect(user).toBeLessThan(1_500_000);
});

test('what is told of what takes too long', async () => {
  const schema = { allOf: times(3_000, (n) => ({ properties: { [`a${n}`]: true } })), unevaluatedProperties: false };
  expect(await checkSchema(schema)).toEqual([
    { path: '', message: 'is not a usable JSON Schema: it takes too long to check' },
  ]);
  expect(await validateAgainst({ format: 'url' }, 'http://'.repeat(100_000))).toEqual([
    { path: '', message: 'takes too long to check against its schema' },
  ]);
});

test('expressions of one schema are different ones', async () => {
  const schema = { properties: { a: { pattern: '^x' }, b: { pattern: '^y' } } };
  expect(await validateAgainst(schema, { a: 'x', b: 'y' })).toEqual([]);
  expect(await validateAgainst(schema, { a: 'y', b: 'x' })).toEqual([
    { path: 'a', message: 'must match pattern "^x"' },
    { path: 'b', message: 'must match pattern "^y"' },
  ]);
});
