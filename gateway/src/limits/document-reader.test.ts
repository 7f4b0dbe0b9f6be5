import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import { getIntrospectionQuery, type GraphQLSchema } from 'graphql';
import { DEFAULT_LIMITS } from '../gateway-config.ts';
import { createDocumentReader } from './document-reader.ts';
import { addScalarParsers } from './scalar-parsers.ts';

const sdl = readFileSync(join(__dirname, '../../__generated__/supergraph.graphql'), 'utf8');
const schema: GraphQLSchema = Supergraph.build(sdl, { validateSupergraph: false }).apiSchema().toGraphQLJSSchema();
addScalarParsers(schema);
const options = { limits: DEFAULT_LIMITS };
const read = createDocumentReader(schema, options);
const errors = (text: string, reader = read) => {
  const answer = reader(text);
  return 'errors' in answer ? answer.errors.map((error) => error.toJSON()) : [];
};
const repeated = (times: number, write: (at: number) => string) =>
  Array.from({ length: times }, (_, at) => write(at)).join(' ');

test('ordinary documents are read', () => {
  expect(
    errors('query($a:Boolean!){agents(first:5){nodes{...F}}} fragment F on Agent{id name @include(if:$a)}'),
  ).toEqual([]);
  expect(errors(`query($a:Boolean!){agents{nodes{${repeated(6, (at) => `a${at}:id @include(if:$a)`)}}}}`)).toEqual([]);
  expect(errors(getIntrospectionQuery())).toEqual([]);
});

test.each([
  ['{', 'GRAPHQL_PARSE_FAILED', /Expected Name, found <EOF>/, [{ line: 1, column: 2 }]],
  [
    '{\n  me {\r\n    salary } }',
    'GRAPHQL_VALIDATION_FAILED',
    /Cannot query field "salary" on type "User"/,
    [{ line: 3, column: 5 }],
  ],
  [
    '{ me { id } me { id: email } }',
    'GRAPHQL_VALIDATION_FAILED',
    /conflict/,
    [
      { line: 1, column: 3 },
      { line: 1, column: 8 },
    ],
  ],
  [
    '{auditLogs(filter:{from:"yesterday"}){totalCount}}',
    'GRAPHQL_VALIDATION_FAILED',
    /must be a time such as/,
    [{ line: 1, column: 25 }],
  ],
  ['{agent(id:"a\\u0000"){id}}', 'BAD_USER_INPUT', /must not contain the character NUL/, [{ line: 1, column: 11 }]],
  [
    `{agent(id:${'['.repeat(73)}${']'.repeat(73)}){id}}`,
    'GRAPHQL_VALIDATION_FAILED',
    /72 levels deep/,
    [{ line: 1, column: 83 }],
  ],
  [
    `{__schema{${repeated(60, (at) => `a${at}:types{fields{args{type{ofType{name}}}}}`)}}}`,
    'GRAPHQL_VALIDATION_FAILED',
    /more of the schema than there is/,
    [{ line: 1, column: 1 }],
  ],
  [
    '{me{id} __schema{types{fields{name type{name ofType{name}}}}}}',
    'GRAPHQL_VALIDATION_FAILED',
    /in an operation of its own/,
    [{ line: 1, column: 1 }],
  ],
])('%s', (text, code, message, locations) => {
  expect(errors(text)).toEqual([
    { message: expect.stringMatching(message) as string, locations, extensions: { code } },
  ]);
});

test.each([
  ['lists in lists', `{agent(id:${'['.repeat(1_400)}${']'.repeat(1_400)}){id}}`],
  ['fields in fields', `${'{a'.repeat(1_400)}${'}'.repeat(1_400)}`],
  ['lists without an end', `{agent(id:${'['.repeat(90_000)}`],
  ['comments', '#\n'.repeat(45_000) + '{me{id}}'],
  ['empty lines before many mistakes', `{me{${repeated(1_000, (at) => `${'\n'.repeat(80)}x${at}`)}}}`],
  ['a long name', `{${'a'.repeat(99_000)}}`],
  ['a long text', `{agent(id:"${'a'.repeat(99_000)}"){id}}`],
  ['a long block', `{agent(id:"""${' a\n'.repeat(33_000)}"""){id}}`],
  ['beyond everything', '{'.repeat(1_000_000)],
  ['equal fields', `{me{${'id '.repeat(2_900)}}}`],
  ['equal objects', `{${'me{id}'.repeat(700)}}`],
  ['differing arguments', `{me{${repeated(700, (at) => `x:id(a:${at})`)}}}`],
  [
    'fragments of fragments',
    `{me{...F0}} ${repeated(300, (at) => `fragment F${at} on User{...F${(at + 1) % 300} ...F${(at * 7) % 300} id}`)}`,
  ],
  [
    'operations with many fragments',
    `${repeated(100, (at) => `query Q${at}{me{...F0}}`)} ${repeated(150, (at) => `fragment F${at} on User{...F${at + 1}}`)} fragment F150 on User{id}`,
  ],
  [
    'variables',
    `query(${repeated(400, (at) => `$v${at}:ID`)}){agents{nodes{${repeated(150, (at) => `a${at}:id @include(if:$v${at})`)}}}}`,
  ],
])('bounded in time and answer: %s', (_what, text) => {
  const begun = performance.now();
  const found = errors(text);
  // Up to 30 ms, measured alone on the machine.
  expect(performance.now() - begun).toBeLessThan(500);
  expect(found.length).toBeLessThanOrEqual(20);
  expect(JSON.stringify(found).length).toBeLessThan(10_000);
});
