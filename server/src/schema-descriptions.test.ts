import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAccessRules } from '@flowmesh/platform/access';
import { Kind, parse, type ASTNode, type StringValueNode, type TypeDefinitionNode } from 'graphql';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const supergraph = parse(readFileSync(join(ROOT, 'gateway/__generated__/supergraph.graphql'), 'utf8'));

interface Described {
  /** `Agent.executions(first)`. */
  readonly coordinate: string;
  readonly name: string;
  /** Name of the type it belongs to; its own for types. */
  readonly owner: string;
  readonly text: string | undefined;
}

const ROOT_TYPES = new Set(['Query', 'Mutation', 'Subscription']);
type Element = ASTNode & { readonly name: { readonly value: string }; readonly description?: StringValueNode };

const describedAs = (owner: string, coordinate: string, { name, description }: Element): Described => ({
  coordinate,
  name: name.value,
  owner,
  text: description?.value,
});

/** Fields, their arguments, and values of a type. */
function membersOf(type: TypeDefinitionNode): Described[] {
  const owner = type.name.value;
  if (type.kind === Kind.ENUM_TYPE_DEFINITION) {
    return (type.values ?? []).map((value) => describedAs(owner, `${owner}.${value.name.value}`, value));
  }
  if (!('fields' in type)) return [];
  return (type.fields ?? []).flatMap((field) => {
    const coordinate = `${owner}.${field.name.value}`;
    const args = field.kind === Kind.FIELD_DEFINITION ? (field.arguments ?? []) : [];
    return [
      describedAs(owner, coordinate, field),
      ...args.map((argument) => describedAs(owner, `${coordinate}(${argument.name.value})`, argument)),
    ];
  });
}

/** What clients see of the graph; types of the composition itself have `__` in their names. */
const types = supergraph.definitions.filter(
  (definition): definition is TypeDefinitionNode =>
    definition.kind.endsWith('TypeDefinition') && !(definition as TypeDefinitionNode).name.value.includes('__'),
);
const elements = types.flatMap((type) => {
  const { value: name } = type.name;
  return [...(ROOT_TYPES.has(name) ? [] : [describedAs(name, name, type)]), ...membersOf(type)];
});

/** Nothing can be said of these but what they are. */
const SAY_IT_ALL = new Set(['id', 'createdAt']);

const FILLING = new Set(
  'a all an and are as at be been by for from has have in is it its not of on one or that the their this to was what when where whether which who whose will with'.split(
    ' ',
  ),
);

const wordsOf = (text: string) =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? [];

/** `created` and `creation`, `step` and `steps` say the same. */
const alike = (one: string, other: string) =>
  one === other || (one.length > 3 && one.slice(0, 5) === other.slice(0, 5));

/** A text that names another part of the graph says where to look for more. */
function repeatsName({ name, text = '' }: Described): boolean {
  if (text.includes('`')) return false;
  const known = wordsOf(name);
  return wordsOf(text).every((word) => FILLING.has(word) || known.some((other) => alike(word, other)));
}

test('every type, field, argument, input field and value has a description', () => {
  expect(elements.length).toBeGreaterThan(2_500);
  expect(elements.filter(({ text }) => !text?.trim()).map(({ coordinate }) => coordinate)).toEqual([]);
});

test('no description only repeats the name', () => {
  // Values of orders are named after the fields whose descriptions say the rest.
  const judged = elements.filter(({ name, owner }) => !SAY_IT_ALL.has(name) && !owner.endsWith('OrderField'));
  expect(judged.filter(repeatsName).map(({ coordinate, text }) => `${coordinate}: ${text}`)).toEqual([]);
});

test('descriptions are sentences that are read at once', () => {
  const begins = /^[A-Z0-9`]/;
  const ends = /[.`)…]$/;
  const MOST_CHARACTERS = 900;
  const wrong = elements.filter(
    ({ text = '' }) => !begins.test(text) || !ends.test(text) || text.length > MOST_CHARACTERS,
  );
  expect(wrong.map(({ coordinate, text }) => `${coordinate}: ${text}`)).toEqual([]);
});

test('a root field says who may use it, as its rule does', () => {
  const rules = readAccessRules(supergraph);
  const roots = elements.filter(({ owner, coordinate }) => ROOT_TYPES.has(owner) && !coordinate.includes('('));
  const wrong = roots.flatMap(({ coordinate, text = '' }) => {
    const [rule] = rules.get(coordinate) ?? [];
    if (!rule) return [`${coordinate} has no rule`];
    const missing = [
      rule.public && !/\bPublic\b/.test(text) ? 'public' : null,
      ...(rule.public ? [] : rule.scopes.flat().filter((scope) => !text.includes(`\`${scope}\``))),
      !rule.public && rule.scopes.length === 0 && !/signed[ -]in|your own|viewer's/i.test(text) ? 'signed in' : null,
      !rule.public && rule.recent && !/recent/.test(text) ? 'a recent sign-in' : null,
    ].filter((said) => said !== null);
    return missing.length > 0 ? [`${coordinate} does not say: ${missing.join(', ')}`] : [];
  });
  expect(wrong).toEqual([]);
});

test('codes of errors are those that the code answers', () => {
  const sources = ['platform/validation', 'subgraphs'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('failures.ts') && !path.includes('node_modules'))
      .map((path) => readFileSync(join(ROOT, folder, path), 'utf8')),
  );
  const answered = sources.flatMap((source) => [
    ...source.matchAll(/__typename: '(\w+Error)'(?: as const)?,\s+code: '(\w+)'/g),
  ]);
  expect(answered.length).toBeGreaterThan(30);
  const texts = new Map(elements.map(({ coordinate, text = '' }) => [coordinate, text]));
  const wrong = answered.filter(([, type, code]) => !texts.get(`${type}.code`)?.includes(`\`${code}\``));
  expect(wrong.map(([, type, code]) => `${type} answers ${code}`)).toEqual([]);
});
