import fc from 'fast-check';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { createOperationCost } from './operation-cost.ts';

const SDL = `
  directive @cost(weight: String!) on FIELD_DEFINITION
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION
  type Query {
    me: User
    users(first: Int = 10, after: String): Users! @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
    tags: [Tag!]! @listSize(assumedSize: 5)
    report: Report @cost(weight: "20")
  }
  type Users { nodes: [User!]! totalCount: Int! }
  type User { id: ID! name: String friends(first: Int): Users! @listSize(slicingArguments: ["first"], sizedFields: ["nodes"]) }
  type Tag { name: String }
  type Report { pages: Int }
`;
const costOf = createOperationCost(buildSchema(SDL), parse(SDL));
const cost = (text: string, variables: Record<string, unknown> = {}) => {
  const document = parse(text);
  return costOf(document, getOperationAST(document, null)!, variables);
};

test.each([
  ['an object', '{me{id}}', 2],
  ['a page', '{users(first:100){nodes{id}}}', 1 + 100 + 5],
  ['a page without a size', '{users{nodes{id}}}', 1 + 10 + 1],
  ['no default in the schema', '{me{friends{nodes{id}}}}', 1 + 1 + 20 + 1],
  ['null', '{users(first:null){nodes{id}}}', 12],
  ['a list without arguments', '{tags{name}}', 6],
  ['a weight', '{report{pages}}', 21],
  ['pages in pages', '{users(first:10){nodes{friends(first:10){nodes{id}}}}}', 1 + 10 + 10 * (1 + 10) + 5],
  ['equal fields, answered once', '{me{id} me{id name}}', 2],
  ['other names, answered twice', '{a:me{id} b:me{id}}', 3],
  [
    'a fragment in two places',
    '{a:me{...F} b:me{...F}} fragment F on User{friends(first:100){nodes{id}}}',
    2 * (1 + 1 + 105),
  ],
  ['a fragment twice in one place', '{me{...F ...F}} fragment F on User{friends(first:100){nodes{id}}}', 107],
  ['a condition that may be met', 'query($a:Boolean!){me @include(if:$a){id}}', 2],
])('%s', (_what, text, expected) => {
  expect(cost(text)).toBe(expected);
});

test('sizes that are none are not cheaper than no size', () => {
  const text = 'query($n:Int){users(first:$n){nodes{id}}}';
  expect(cost(text, { n: 50 })).toBe(1 + 50 + 3);
  fc.assert(
    fc.property(fc.oneof(fc.constant(null), fc.constant(undefined), fc.integer({ max: 0 })), (n) => {
      expect(cost(text, { n })).toBe(cost('{users{nodes{id}}}'));
      expect(cost(`{x:users(first:${n ?? 'null'}){nodes{id}} y:users(first:100){nodes{id}}}`)).toBeGreaterThan(100);
    }),
  );
});

test('what is absurd is dear, however it is nested', () => {
  let inner = 'id';
  for (let level = 0; level < 50; level++) inner = `friends(first:2147483647){nodes{${inner}}}`;
  expect(cost(`{me{${inner}}}`)).toBe(Infinity);
});

test('fragments that multiply are priced once for each place', () => {
  const levels = Array.from(
    { length: 200 },
    (_, at) =>
      `fragment F${at} on User{a:friends(first:1){nodes{...F${at + 1}}} b:friends(first:2){nodes{...F${at + 1}}}}`,
  );
  const begun = performance.now();
  expect(cost(`{me{...F0}} ${levels.join(' ')} fragment F200 on User{id}`)).toBeGreaterThan(3 ** 200);
  // About 5 ms; there are 2^200 ways to the last one.
  expect(performance.now() - begun).toBeLessThan(500);
});
