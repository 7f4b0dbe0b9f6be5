import { gzipSync } from 'node:zlib';

/** A kind of request that is meant to hurt, of any size. */
export interface HostileKind {
  readonly name: string;
  /** A body of about so many bytes. */
  readonly make: (bytes: number) => string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the body is a GraphQL request, which a WebSocket carries too. */
  readonly isRequest: boolean;
}

const repeated = (times: number, write: (at: number) => string, between = ' ') =>
  Array.from({ length: Math.max(1, Math.floor(times)) }, (_, at) => write(at)).join(between);
const nested = (times: number, open: string, inner: string, close: string) =>
  open.repeat(Math.max(1, times)) + inner + close.repeat(Math.max(1, times));

const request = (name: string, make: (bytes: number) => object): HostileKind => ({
  name,
  isRequest: true,
  make: (bytes) => JSON.stringify(make(bytes)),
});
/** A text of a document. */
const text = (name: string, write: (bytes: number) => string) => request(name, (bytes) => ({ query: write(bytes) }));
/** Variables of a mutation anybody may send. */
const LOGIN = 'mutation($input:LoginInput!){login(input:$input){__typename}}';
const login = (name: string, input: (bytes: number) => unknown) =>
  request(name, (bytes) => ({ query: LOGIN, variables: { input: input(bytes) } }));
/** Variables of a mutation for members. */
const REGISTER = 'mutation($input:RegisterAgentInput!){registerAgent(input:$input){__typename}}';
const AGENT = { name: 'a', type: 'Echo', kind: 'BUILTIN', builtin: { operation: 'TRANSFORM', expression: '$' } };
const agent = (name: string, input: (bytes: number) => object) =>
  request(name, (bytes) => ({ query: REGISTER, variables: { input: { ...AGENT, ...input(bytes) } } }));
/** A variable as JSON that is written by hand, for what JSON.stringify would not write. */
const raw = (name: string, value: (bytes: number) => string): HostileKind => ({
  name,
  isRequest: true,
  make: (bytes) => `{"query":${JSON.stringify(REGISTER)},"variables":{"input":${value(bytes)}}}`,
});
const body = (
  name: string,
  make: HostileKind['make'],
  headers: Readonly<Record<string, string>> = {},
): HostileKind => ({
  name,
  isRequest: false,
  make,
  headers,
});

const object = (keys: number, value: (at: number) => unknown) =>
  Object.fromEntries(Array.from({ length: Math.max(1, Math.floor(keys)) }, (_, at) => [`key${at}`, value(at)]));
const list = (items: number, value: unknown) => Array.from({ length: Math.max(1, Math.floor(items)) }, () => value);

/** Each fragment spreads the next `width` times. */
function multiplied(levels: number, width: number, type: string, leaf: string, spread: (at: number) => string): string {
  const fragments = repeated(levels, (at) => `fragment F${at} on ${type}{${repeated(width, () => spread(at + 1))}}`);
  return `${fragments} fragment F${levels} on ${type}{${leaf}}`;
}

const variables = [
  login('unknown keys', (bytes) => object(bytes / 12, (at) => at)),
  login('long unknown keys', (bytes) => ({ ['k'.repeat(bytes)]: 1 })),
  login('wrong scalars', (bytes) => ({ identifier: list(bytes / 4, 'x'), password: object(bytes / 20, () => null) })),
  login('long strings', (bytes) => ({ identifier: 'x'.repeat(bytes / 2), password: 'y'.repeat(bytes / 2) })),
  login('unicode', (bytes) => ({ identifier: '👩‍👩‍👧‍👦'.repeat(bytes / 25), password: '\u0301'.repeat(bytes / 4) })),
  login('halves of characters', (bytes) => ({ identifier: 'x'.repeat(bytes), password: '\ud83d' })),
  agent('wide lists of the wrong type', (bytes) => ({ tags: list(bytes / 2, 1) })),
  agent('wide lists of the right type', (bytes) => ({ tags: list(bytes / 4, 'a') })),
  agent('wide objects', (bytes) => ({ metadata: object(bytes / 14, (at) => at) })),
  agent('wide JSON', (bytes) => ({ metadata: { list: list(bytes / 2, 1) } })),
  agent('objects in lists', (bytes) => ({ metadata: { list: list(bytes / 9, { a: 1 }) } })),
  agent('JSON for text', (bytes) => ({ name: list(bytes / 2, 0), description: object(bytes / 30, () => []) })),
  agent('text for JSON', (bytes) => ({ metadata: '{'.repeat(bytes), inputSchema: 'x' })),
  agent('enums', (bytes) => ({ kind: 'Z'.repeat(bytes) })),
  raw('deep lists', (bytes) => `{"metadata":{"a":${nested(Math.floor(bytes / 2), '[', '', ']')}}}`),
  raw('deep objects', (bytes) => `{"metadata":${nested(Math.floor(bytes / 6), '{"a":', '1', '}')}}`),
  raw('long numbers', (bytes) => `{"metadata":{"a":${'9'.repeat(bytes)}}}`),
  raw('numbers with exponents', (bytes) => `{"metadata":{"a":[${repeated(bytes / 8, () => '1e99999', ',')}]}}`),
  raw('equal keys', (bytes) => `{${repeated(bytes / 9, () => '"name":1', ',')}}`),
  raw('keys of the prototype', (bytes) => `{"__proto__":{"a":"${'x'.repeat(bytes)}"},"constructor":1}`),
  request('paging', (bytes) => ({
    query: 'query($n:Int){agents(first:$n){nodes{id}}}',
    variables: { n: -2147483648, after: 'x'.repeat(bytes) },
  })),
  request('many variables', (bytes) => ({
    query: `query(${repeated(bytes / 40, (at) => `$v${at}:Boolean!`)}){__typename}`,
    variables: object(bytes / 40, () => true),
  })),
  request('undeclared variables', (bytes) => ({ query: '{__typename}', variables: object(bytes / 20, () => 'x') })),
];

const documents = [
  text(
    'fragments that multiply',
    (bytes) => `{...F0} ${multiplied(bytes / 200, 30, 'Query', '__typename', (at) => `...F${at}`)}`,
  ),
  text(
    'fragments that multiply in pages',
    (bytes) => `{agents(first:1){nodes{...F0}}} ${multiplied(bytes / 80, 2, 'Agent', 'id', (at) => `...F${at}`)}`,
  ),
  text(
    'fragments in cycles',
    (bytes) =>
      `{me{...F0}} ${repeated(bytes / 40, (at) => `fragment F${at} on User{id ...F${at + 1}}`)} fragment F${Math.max(1, Math.floor(bytes / 40))} on User{...F0}`,
  ),
  text('unused fragments', (bytes) => `{__typename} ${repeated(bytes / 25, (at) => `fragment F${at} on User{id}`)}`),
  text(
    'many fragments',
    (bytes) =>
      `{me{${repeated(bytes / 35, (at) => `...F${at}`)}}} ${repeated(bytes / 35, (at) => `fragment F${at} on User{id email}`)}`,
  ),
  text('aliases', (bytes) => `{${repeated(bytes / 18, (at) => `a${at}:__typename`)}}`),
  text(
    'sign-ins',
    (bytes) =>
      `mutation{...F} fragment F on Mutation{${repeated(bytes / 60, (at) => `a${at}:login(input:{identifier:"a",password:"b"}){__typename}`)}}`,
  ),
  text('equal fields', (bytes) => `{me{${repeated(bytes / 3, () => 'id')}}}`),
  text('equal objects', (bytes) => `{${repeated(bytes / 10, () => 'me{id email}')}}`),
  text('fields in fields', (bytes) => `{${nested(bytes / 20, 'agent(id:"a"){', 'id', '}')}}`),
  text(
    'nested connections',
    (bytes) => `{agent(id:"a"){${nested(Math.min(bytes / 50, 9), 'executions(first:100){nodes{agent{', 'id', '}}}')}}}`,
  ),
  text(
    'huge pages',
    (bytes) =>
      `{x:workflow(id:"nope"){executions(first:-2147483648){nodes{id}}} ${repeated(bytes / 60, (at) => `a${at}:agents(first:2147483647){nodes{id name}}`)}}`,
  ),
  text('differing arguments', (bytes) => `{${repeated(bytes / 40, (at) => `agents(first:${at}){nodes{id}}`)}}`),
  text('directives', (bytes) => `{__typename ${repeated(bytes / 18, () => '@include(if:true)')}}`),
  text('unknown directives', (bytes) => `{__typename ${repeated(bytes / 6, (at) => `@d${at}`)}}`),
  text('unknown fields', (bytes) => `{me{${repeated(bytes / 12, (at) => `unknown${at}`)}}}`),
  text('unknown types', (bytes) => `{${repeated(bytes / 25, (at) => `...on Type${at}{id}`)}}`),
  text('many operations', (bytes) => repeated(bytes / 25, (at) => `query Q${at}{__typename}`)),
  text(
    'operations with fragments',
    (bytes) =>
      `${repeated(bytes / 60, (at) => `query Q${at}{me{...F0}}`)} ${repeated(bytes / 60, (at) => `fragment F${at} on User{...F${at + 1}}`)} fragment F${Math.max(1, Math.floor(bytes / 60))} on User{id}`,
  ),
  text('deep literals', (bytes) => `{agent(id:${nested(Math.floor(bytes / 2), '[', '', ']')}){id}}`),
  text(
    'wide literals',
    (bytes) => `mutation{registerAgent(input:{tags:[${repeated(bytes / 4, () => '"a"')}]}){__typename}}`,
  ),
  text(
    'JSON literals',
    (bytes) =>
      `mutation{registerAgent(input:{name:"a",metadata:{${repeated(bytes / 12, (at) => `key${at}:1`)}}}){__typename}}`,
  ),
  text('long names', (bytes) => `{${'a'.repeat(bytes)}}`),
  text('long strings in the text', (bytes) => `{agent(id:"${'a'.repeat(bytes)}"){id}}`),
  text('block strings', (bytes) => `{agent(id:"""${' \n'.repeat(bytes / 2)}"""){id}}`),
  text('comments', (bytes) => `${'#\n'.repeat(bytes / 2)}{__typename}`),
  text('commas and spaces', (bytes) => `{__typename${', \t'.repeat(bytes / 3)}}`),
  text('long lines of mistakes', (bytes) => `{me{${repeated(bytes / 200, (at) => `${'\n'.repeat(190)}x${at}`)}}}`),
  text('numbers in the text', (bytes) => `{agents(first:${'9'.repeat(bytes)}){nodes{id}}}`),
  text(
    'introspection',
    (bytes) => `{__schema{${repeated(bytes / 45, (at) => `a${at}:types{fields{args{type{ofType{name}}}}}`)}}}`,
  ),
  text(
    'introspection of types',
    (bytes) =>
      `{${repeated(bytes / 60, (at) => `a${at}:__type(name:"Mutation"){fields{name args{name type{name}}}}`)}}`,
  ),
  text(
    'introspection within its limit, again and again',
    (bytes) => `{__schema{${repeated(Math.min(29, bytes / 36), (at) => `a${at}:types{fields{args{name}}}`)}}}`,
  ),
  text(
    'fields of one type, again and again',
    (bytes) => `{__type(name:"Mutation"){${repeated(Math.min(190, bytes / 26), (at) => `f${at}:fields{args{name}}`)}}}`,
  ),
  text('nothing closed', (bytes) => '{a'.repeat(bytes / 2)),
];

const bodies = [
  body('no JSON', (bytes) => '{'.repeat(bytes)),
  body('lists for a request', (bytes) => `[${repeated(bytes / 24, () => '{"query":"{__typename}"}', ',')}]`),
  body('bytes that are no text', (bytes) => Buffer.alloc(bytes, 0xff)),
  body('nothing but a string', (bytes) => JSON.stringify('\u0000'.repeat(bytes / 6))),
  body('a form', (bytes) => `query=${'%7B'.repeat(bytes / 3)}`, {
    'content-type': 'application/x-www-form-urlencoded',
  }),
  body('packed', (bytes) => gzipSync(Buffer.alloc(bytes * 1_000 > 5e8 ? 5e8 : bytes * 1_000)), {
    'content-encoding': 'gzip',
  }),
  body('extensions', (bytes) => JSON.stringify({ query: '{__typename}', extensions: object(bytes / 20, () => 'x') })),
  body('names of operations', (bytes) =>
    JSON.stringify({ query: 'query A{__typename}', operationName: 'x'.repeat(bytes) }),
  ),
];

/** Kinds of input, each of any size from 1 KB to 1 MB. */
export const HOSTILE_KINDS: readonly HostileKind[] = [...variables, ...documents, ...bodies];
