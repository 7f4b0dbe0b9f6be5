import fc from 'fast-check';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { DEFAULT_LIMITS } from '../gateway-config.ts';
import { addScalarParsers } from './scalar-parsers.ts';
import { coerceVariables, variableShapeProblem } from './variables.ts';

const schema = buildSchema(`
  scalar DateTime
  scalar JSON
  scalar JSONObject
  enum Kind { BUILTIN HTTP }
  input Filter { kind: Kind, tags: [String!], at: DateTime, inner: Filter, meta: JSONObject, any: JSON, force: Boolean! = false }
  type Query { find(filter: Filter, first: Int = 20, at: DateTime, meta: JSONObject, ids: [ID!]): String }
`);
addScalarParsers(schema);

function coerce(header: string, raw: Record<string, unknown>) {
  const operation = getOperationAST(parse(`query(${header}){find}`), null)!;
  const coerced = coerceVariables(schema, operation, raw);
  return 'errors' in coerced ? coerced.errors.map(({ message }) => message) : coerced.variables;
}

test('values stay as they were sent, and absent ones get their defaults', () => {
  const filter = { kind: 'HTTP', at: '2026-01-31T12:00:00Z', tags: 'one', meta: { a: [1] } };
  expect(coerce('$filter:Filter,$n:Int=5,$ids:[ID!]=[1],$none:Int', { filter, unknown: 1 })).toEqual({
    filter,
    n: 5,
    ids: [1],
  });
  expect(coerce('$n:Int=5', { n: null })).toEqual({ n: null });
});

test.each([
  ['$at:DateTime', { at: 'yesterday' }, ['at: must be a time such as "2026-01-31T12:00:00Z"']],
  ['$at:DateTime', { at: { t: 1 } }, ['at: must be a time such as "2026-01-31T12:00:00Z"']],
  ['$meta:JSONObject', { meta: 'x' }, ['meta: must be a JSON object such as {"key": "value"}']],
  [
    '$f:Filter',
    { f: { inner: { at: '2026-02-30T00:00:00Z' } } },
    ['f.inner.at: must be a time such as "2026-01-31T12:00:00Z"'],
  ],
  ['$f:Filter', { f: { tags: ['a', 1] } }, ['f.tags[1]: String cannot represent a non string value: 1']],
  ['$f:Filter', { f: { kind: 'MAGIC' } }, ['f.kind: Value "MAGIC" does not exist in "Kind" enum.']],
  ['$f:Filter', { f: { tagz: 1 } }, ['f: Field "tagz" is not defined by type "Filter".']],
  ['$f:Filter', { f: { force: null } }, ['f.force: Expected non-nullable type "Boolean!" not to be null.']],
  ['$n:Int!', {}, ['n: is missing; it must be of the type Int!']],
  ['$n:Int', { n: 2 ** 31 }, ['n: Int cannot represent non 32-bit signed integer value: 2147483648']],
])('%s with %j', (header, raw, expected) => {
  expect(coerce(header, raw)).toEqual(expected);
});

test('answers stay small and come soon, however much is wrong', () => {
  const wrong = [
    { f: Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`key${at}`, at])) },
    { f: { tags: Array.from({ length: 100_000 }, () => 1) } },
    { f: { kind: 'x'.repeat(1_000_000) } },
    { f: { ['k'.repeat(1_000_000)]: 1 } },
    { f: { tags: [['x'.repeat(500_000), 'y'.repeat(500_000)]] } },
  ];
  for (const raw of wrong) {
    const begun = performance.now();
    const problems = coerce('$f:Filter', raw) as string[];
    // At most 5 ms.
    expect(performance.now() - begun).toBeLessThan(250);
    expect(problems.length).toBeLessThanOrEqual(10);
    expect(Math.max(...problems.map(({ length }) => length))).toBeLessThan(500);
  }
});

const limits = { ...DEFAULT_LIMITS, variableValues: 6, valueDepth: 3 };
const problem = (raw: Record<string, unknown>) => variableShapeProblem(raw, limits)?.message ?? null;

test.each([
  [{ a: 1, b: [1, { c: 1 }] }, null],
  [{ a: [1, 2, 3, 4, 5, 6] }, 'variables: may have at most 6 values; send less at once'],
  [{ a: [[[1]]] }, null],
  [{ a: { b: [[[1]]] } }, 'a.b[0][0]: is nested deeper than 3 levels'],
  [{ a: ['x\0'] }, 'a[0]: must not contain the character NUL'],
  [{ a: { b: '\ud83d' } }, 'a.b: must be valid Unicode (it contains half of a surrogate pair)'],
  [{ a: { 'b\0': 1 } }, 'a: has a key that must not contain the character NUL'],
])('%j', (raw, expected) => {
  expect(problem(raw)).toBe(expected);
});

test('any JSON within the limits is let through', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5, stringUnit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('\\u0000'));
      expect(variableShapeProblem({ any: JSON.parse(text) as unknown }, DEFAULT_LIMITS)).toBeNull();
    }),
  );
});
