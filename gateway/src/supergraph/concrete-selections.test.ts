import { expect, test } from '@jest/globals';
import { buildSchema, parse, print } from 'graphql';
import { withConcreteTypes } from './concrete-selections.ts';

const schema = buildSchema(`
  type Query { any: Any named: Named dog: Dog }
  union Any = Dog | Cat | Stone
  interface Named { name: String friend: Named }
  type Dog implements Named { name: String friend: Named bark: String }
  type Cat implements Named { name: String friend: Named }
  type Stone { weight: Int }
`);

const written = (query: string) => {
  const document = withConcreteTypes(schema, parse(query));
  return document && print(document).replace(/\s+/g, ' ');
};

test.each([
  [
    'a fragment on an abstract type is one on each of the types that can stand there',
    '{ any { ... on Named { name } } }',
    '{ any { ... on Dog { name } ... on Cat { name } } }',
  ],
  [
    'types are those that all fragments around allow',
    '{ any { ... on Named { ... on Dog { bark } ... on Stone { weight } } } }',
    '{ any { ... on Dog { ... on Dog { bark } } } }',
  ],
  [
    'named fragments are written out, conditions stay',
    'query ($t: Boolean!) { named { ...F @skip(if: $t) } } fragment F on Any { ... on Cat { name @include(if: $t) } }',
    'query ($t: Boolean!) { named { ... on Cat @skip(if: $t) { ... on Cat { name @include(if: $t) } } } }',
  ],
  [
    'where nothing is left the type is asked for, so that the field is still executed',
    '{ dog { ... on Any { ... on Stone { weight } } } }',
    '{ dog { __typename } }',
  ],
  ['without abstract types all stays', '{ dog { bark t: __typename } }', '{ dog { bark t: __typename } }'],
])('%s', (_what, query, expected) => {
  expect(written(query)).toBe(expected);
});

test('what would become too large is not written', () => {
  const deep = (depth: number): string => (depth === 0 ? 'name' : `... on Named { friend { ${deep(depth - 1)} } }`);
  expect(written(`{ any { ${deep(4)} } }`)).not.toBeNull();
  expect(written(`{ any { ${deep(20)} } }`)).toBeNull();
});
