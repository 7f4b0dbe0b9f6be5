import { Choices } from './random.ts';

export interface GeneratedSubgraph {
  readonly name: string;
  readonly sdl: string;
}

/** How one subgraph knows an entity: by which of its keys. */
type Keys = readonly ('id' | 'code' | 'id code')[];

const LEAVES = ['Int', 'Float', 'String', 'Boolean', 'ID', 'Enum', 'JSON', 'DateTime', 'Odd'];
const INPUTS = ['Int', 'Float', 'String', 'Boolean', 'ID', 'Enum', 'JSON', 'Odd', 'Input'];
const LITERALS: Readonly<Record<string, string>> = {
  Int: '7',
  Float: '0.5',
  String: '"default"',
  Boolean: 'true',
  ID: '"d1"',
  Enum: 'B',
  JSON: '{ d: [1] }',
  Odd: '3',
  Input: '{ b: true, n: { b: false } }',
};

/** The same in every subgraph. */
const SHARED = `
  enum Enum { A B C }
  scalar Odd
  input Input {
    a: Int = 1
    b: Boolean!
    e: Enum = B
    j: JSON
    l: [Input!]
    m: [[Int!]]
    n: Input
    o: Odd
    r: Int! = 5
    s: String
  }
  interface Named { common(a: Int = 3): String }
`;

/**
 * Subgraphs that compose: entities known by one key or another or both at once, fields that need one of another subgraph
 * or are provided along, value types, an interface and a union over both, fields with arguments, and every kind of list
 * and null.
 */
export function generateSubgraphs(seed: string): GeneratedSubgraph[] {
  const choices = new Choices(seed);
  const names = Array.from({ length: 2 + choices.number(3) }, (_, index) => `s${index}`);
  const entities = Array.from({ length: 2 + choices.number(3) }, (_, index) => `E${index}`);
  const values = Array.from({ length: 1 + choices.number(2) }, (_, index) => `V${index}`);
  const members = [...choices.some(entities, 0.7), ...choices.some(values)];
  const union = members.length > 0 ? members : [entities[0]!];
  const named = new Set([entities[0]!, ...choices.some([...entities, ...values])]);
  const objects = [...entities, ...values, 'Named', 'Union'];

  const type = (): string => wrapped(choices, choices.chance(0.45) ? choices.of(LEAVES) : choices.of(objects));
  const field = (name: string): string => `${name}${argumentsOf(choices)}: ${type()}`;

  const types = new Map(names.map((name) => [name, [] as string[]]));
  /** Which subgraph gives the field `safe` of an entity, and which needs it for its field `needs`. */
  const safe = new Map(entities.map((entity) => [entity, { owner: choices.of(names), neededBy: choices.of(names) }]));
  const provided = new Set<string>();
  for (const [root, count, prefix] of [
    ['Query', 6, 'q'],
    ['Mutation', 5, 'm'],
    ['Subscription', 3, 't'],
  ] as const) {
    for (let index = 0; index < count; index++) {
      const owner = index === 0 ? names[0]! : choices.of(names);
      const result = choices.chance(0.2) ? type() : wrapped(choices, choices.of(objects));
      const entity = result.replace(/[[\]!]/g, '');
      const known = safe.get(entity);
      const provides = known && known.owner !== owner && known.neededBy !== owner && choices.chance(0.5);
      if (provides) provided.add(`${owner} ${entity}`);
      const directives = `${provides ? '@provides(fields: "safe") ' : ''}@access(public: true)`;
      types
        .get(owner)!
        .push(`extend type ${root} { ${prefix}${index}${argumentsOf(choices)}: ${result} ${directives} }`);
    }
  }
  for (const entity of entities) {
    const keys = keysOf(choices, names);
    const fields = new Map(names.map((name) => [name, [] as string[]]));
    const { owner: safeOwner, neededBy } = safe.get(entity)!;
    for (const name of names) {
      const needs = name === neededBy && name !== safeOwner;
      if (name === safeOwner) fields.get(name)!.push('safe: String! @shareable');
      else if (needs || provided.has(`${name} ${entity}`)) fields.get(name)!.push('safe: String! @external');
      if (needs) fields.get(name)!.push('needs: String @requires(fields: "safe")');
    }
    for (let index = 0; index < 2 + choices.number(4); index++) {
      const shared = choices.chance(0.2);
      const text = field(`f${index}`);
      const owner = choices.of(names);
      for (const name of names) {
        if (shared) fields.get(name)!.push(`${text} @shareable`);
        else if (name === owner) fields.get(name)!.push(text);
      }
    }
    for (const name of names) {
      const known = keys.get(name)!;
      const directives = known.map((key) => `@key(fields: "${key}")`).join(' ');
      const implemented = named.has(entity) ? 'implements Named ' : '';
      types.get(name)!.push(`type ${entity} ${implemented}${directives} @access(public: true) {
        ${fieldsOf(known).join(' ')} common(a: Int = 3): String @shareable
        ${fields.get(name)!.join('\n        ')}
      }`);
    }
  }
  for (const value of values) {
    const fields = Array.from({ length: 1 + choices.number(3) }, (_, index) => field(`g${index}`)).join('\n        ');
    const implemented = named.has(value) ? 'implements Named ' : '';
    for (const name of names) {
      types.get(name)!.push(`type ${value} ${implemented}@shareable @access(public: true) { common(a: Int = 3): String
        ${fields}
      }`);
    }
  }
  return names.map((name) => ({
    name,
    sdl: `${SHARED} union Union = ${union.join(' | ')}
      ${types.get(name)!.join('\n      ')}`,
  }));
}

const fieldsOf = (keys: Keys) => [...new Set(keys.flatMap((key) => key.split(' ')))].map((field) => `${field}: ID!`);

/** The first subgraph knows both keys, so that there is a way between all others. */
function keysOf(choices: Choices, names: readonly string[]): Map<string, Keys> {
  const others: readonly Keys[] = [['id'], ['code'], ['id', 'code'], ['id code']];
  return new Map(names.map((name, index) => [name, index === 0 ? ['id', 'code'] : choices.of(others)]));
}

function wrapped(choices: Choices, name: string): string {
  const maybe = () => (choices.chance(0.3) ? '!' : '');
  const item = name + maybe();
  if (choices.chance(0.6)) return item;
  const list = `[${item}]${maybe()}`;
  return choices.chance(0.85) ? list : `[${list}]${maybe()}`;
}

function argumentsOf(choices: Choices): string {
  if (choices.chance(0.55)) return '';
  const texts = Array.from({ length: 1 + choices.number(2) }, (_, index) => {
    const name = choices.of(INPUTS);
    if (choices.chance(0.3)) return `x${index}: [${name}${choices.chance(0.5) ? '!' : ''}]`;
    const required = choices.chance(0.25) ? '!' : '';
    return `x${index}: ${name}${required}${choices.chance(0.4) ? ` = ${LITERALS[name]!}` : ''}`;
  });
  return `(${texts.join(', ')})`;
}
