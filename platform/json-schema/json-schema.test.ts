import { closeSandbox } from '../sandbox/index.ts';
import { checkSchema, validateAgainst } from './index.ts';

afterAll(closeSandbox);

test('names every problem of a value with its path', async () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['title', 'steps'],
    additionalProperties: false,
    properties: {
      title: { type: 'string', minLength: 1, pattern: '^[A-Z]' },
      kind: { enum: ['bug', 'feature'] },
      steps: { type: 'array', uniqueItems: true, items: { $ref: '#/$defs/step' } },
    },
    $defs: { step: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } },
  };
  expect(await checkSchema(schema)).toEqual([]);
  expect(await validateAgainst(schema, { title: 'Login', kind: 'bug', steps: [{ name: 'a' }] })).toEqual([]);
  expect(await validateAgainst(schema, { kind: 'x', other: 1, steps: [{ name: 1 }, {}, {}] })).toEqual([
    { path: 'title', message: 'is required' },
    { path: 'other', message: 'is not allowed here' },
    { path: 'kind', message: 'must be one of ["bug","feature"]' },
    { path: 'steps[0].name', message: 'must be string' },
    { path: 'steps[1].name', message: 'is required' },
    { path: 'steps[2].name', message: 'is required' },
    { path: 'steps', message: 'must not have the same item twice' },
  ]);
  // The value itself, not an object at all.
  expect(await validateAgainst(schema, 7)).toEqual([{ path: '', message: 'must be object' }]);
});

test.each([
  ['an unknown type', { type: 'strin' }],
  ['a negative limit', { maxLength: -1 }],
  ['a reference to another document', { $ref: 'https://example.com/other.json' }],
  ['a reference that leads nowhere', { $ref: '#/$defs/missing' }],
  ['a pattern with look-ahead', { pattern: '(?=a)b' }],
  ['a broken pattern', { pattern: '(' }],
  ['another draft', { $schema: 'http://json-schema.org/draft-07/schema#' }],
  ['more than 256 KB', { description: 'x'.repeat(300_000) }],
])('refuses a schema with %s', async (_name, schema) => {
  expect((await checkSchema(schema)).length).toBeGreaterThan(0);
});

test('one schema cannot change another through its $id', async () => {
  const id = 'https://example.com/shared';
  expect(await checkSchema({ $id: id, $defs: { a: { $id: 'inner', type: 'string' } }, $ref: 'inner' })).toEqual([]);
  const second = { $id: id, $defs: { a: { $id: 'inner', type: 'number' } }, $ref: 'inner' };
  expect(await checkSchema(second)).toEqual([]);
  expect(await validateAgainst(second, 1)).toEqual([]);
});

test('catastrophic patterns, references that multiply, endless references and many unique items end quickly', async () => {
  const begin = performance.now();
  expect(await validateAgainst({ pattern: '^(a+)+$' }, 'a'.repeat(50_000) + 'b')).toHaveLength(1);
  const doubling: Record<string, object> = { s40: { type: 'string' } };
  for (let level = 0; level < 40; level++) {
    const next = { $ref: `#/$defs/s${level + 1}` };
    doubling[`s${level}`] = { allOf: [next, next] };
  }
  const schema = { $ref: '#/$defs/s0', $defs: doubling };
  expect(await checkSchema(schema)).toEqual([]);
  expect(await validateAgainst(schema, 'x')).toEqual([
    { path: '', message: 'is too large or too deep for its schema' },
  ]);
  expect(await validateAgainst({ $ref: '#' }, 'x')).toHaveLength(1);
  const items = Array.from({ length: 50_000 }, (_, number) => ({ number }));
  expect(await validateAgainst({ uniqueItems: true }, items)).toEqual([]);
  expect(performance.now() - begin).toBeLessThan(5_000);
});
