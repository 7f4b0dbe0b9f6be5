import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import { execute, getOperationAST, parse, type GraphQLSchema } from 'graphql';
import { ANONYMOUS } from '@flowmesh/platform/access';
import { leastCpuMs } from '@flowmesh/platform/testing';
import { createIntrospectionLimit, STANDARD_INTROSPECTION } from './introspection-limit.ts';
import { Introspection, isIntrospectionOnly, readsSchema } from './introspection.ts';

const sdl = readFileSync(join(__dirname, '../../__generated__/supergraph.graphql'), 'utf8');
const schema: GraphQLSchema = Supergraph.build(sdl, { validateSupergraph: false }).apiSchema().toGraphQLJSSchema();
const introspection = new Introspection(schema);
const ask = (text: string, variables = {}) => introspection.execute(text, undefined, variables, { viewer: ANONYMOUS });
afterAll(() => introspection.close());

test.each([
  STANDARD_INTROSPECTION,
  '{__schema{types{...T}}} fragment T on __Type{kind name ofType{name}}',
  '{a:__schema{queryType{name fields{name}}} b:__type(name:"Agent"){name possibleTypes{name}} __typename}',
])('tells the schema as graphql-js does: %#', async (text) => {
  expect(await ask(text)).toEqual(execute({ schema, document: parse(text) }));
});

test('answers are kept by text and variables', async () => {
  const text = 'query($n:String!){__type(name:$n){name}}';
  const first = await ask(text, { n: 'Agent' });
  expect(first.data).toEqual({ __type: { name: 'Agent' } });
  expect(await ask(text, { n: 'Agent' })).toBe(first);
  expect((await ask(text, { n: 'User' })).data).toEqual({ __type: { name: 'User' } });
});

test('what has not begun is dropped when its client has gone, unless others want it too', async () => {
  const at = (address: string) => ({ viewer: ANONYMOUS, client: { address, userAgent: null } });
  const gone = new AbortController();
  setMaxListeners(0, gone.signal);
  // Texts that differ are not the same question.
  const asked = Array.from({ length: 15 }, (_, index) =>
    introspection.execute(`${STANDARD_INTROSPECTION} #${index}`, undefined, {}, at('192.0.2.1'), gone.signal),
  );
  const wanted = introspection.execute(`${STANDARD_INTROSPECTION} #14`, undefined, {}, at('192.0.2.2'));
  const told = Promise.allSettled(asked);
  gone.abort();
  const dropped = (await told).filter(({ status }) => status === 'rejected');
  expect(dropped.length).toBeGreaterThanOrEqual(14);
  expect(dropped.every((each) => (each as PromiseRejectedResult).reason.extensions.code === 'UNAVAILABLE')).toBe(true);
  expect((await wanted).data).toEqual((await ask(STANDARD_INTROSPECTION)).data);
});

test('strangers have their turn apart from each other', async () => {
  const at = (address: string) => ({ viewer: ANONYMOUS, client: { address, userAgent: null } });
  const order: string[] = [];
  const from = (address: string, index: number) =>
    introspection
      .execute(`${STANDARD_INTROSPECTION} # ${address} ${index}`, undefined, {}, at(address))
      .then(() => order.push(address));
  await Promise.all([from('many', 0), from('many', 1), from('many', 2), from('many', 3), from('one', 0)]);
  expect(order.indexOf('one')).toBeLessThanOrEqual(2);
});

test('others get their turn while the schema is told', async () => {
  let turns = 0;
  const count = setInterval(() => (turns += 1), 0);
  await ask(`${STANDARD_INTROSPECTION} `);
  clearInterval(count);
  // It is told on another thread.
  expect(turns).toBeGreaterThan(5);
});

test.each([
  ['{__schema{types{name}} __typename}', { only: true, reads: true }],
  ['{...F} fragment F on Query{__type(name:"A"){name}}', { only: true, reads: true }],
  ['{me{id} ... on Query{...F}} fragment F on Query{a:__type(name:"A"){name}}', { only: false, reads: true }],
  ['{__schema{types{name}} me{id}}', { only: false, reads: true }],
  ['{me{id __typename}}', { only: false, reads: false }],
  ['mutation{__typename}', { only: false, reads: false }],
  ['{__typename}', { only: true, reads: false }],
])('%s', (text, expected) => {
  const document = parse(text);
  const operation = getOperationAST(document, null)!;
  expect({ only: isIntrospectionOnly(document, operation), reads: readsSchema(document, operation) }).toEqual(expected);
});

const way = (steps: number): string =>
  steps === 0 ? 'name' : `type{fields{${way(steps - 1)}} ofType{fields{${way(steps - 1)}}}}`;
const limit = createIntrospectionLimit(schema);
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, n) => text(n)).join(' ');

test.each([
  ['everything', STANDARD_INTROSPECTION, null],
  ['names of all types', '{__schema{types{name fields{name args{name}}}}}', null],
  ['a type that there is not', '{__type(name:"Nope"){fields{name}}}', null],
  ['all fields of all types of all fields', `{__schema{types{fields{${way(6)}}}}}`, 'more of the schema'],
  [
    'everything again and again',
    `{__schema{${times(150, (n) => `a${n}:types{fields{args{name}}}`)}}}`,
    'more of the schema',
  ],
  [
    'the largest type by a variable',
    `query($n:String!){__type(name:$n){${times(900, (n) => `f${n}:fields{args{name}}`)}}}`,
    'more of the schema',
  ],
  ['much beside data', '{me{id} __schema{types{name kind fields{name args{name} type{name}}}}}', 'beside data'],
])('what is read of the schema has a limit: %s', async (_what, text, expected) => {
  const document = parse(text);
  const refusal = limit(document);
  if (expected === null) expect(refusal).toBeNull();
  else expect(refusal?.message).toContain(expected);
  // It must be known without holding others. What is measured is 20 ms at most.
  expect(await leastCpuMs(100, () => limit(document))).toBeLessThan(100);
});
