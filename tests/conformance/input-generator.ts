import fc, { type Arbitrary } from 'fast-check';
import {
  GraphQLBoolean,
  GraphQLNonNull,
  GraphQLString,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
} from 'graphql';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A value where the operation has one: written there, by a variable, or an object or list with variables inside. */
export type Input =
  | { readonly kind: 'plain'; readonly type: GraphQLInputType; readonly json: Json }
  | {
      readonly kind: 'variable';
      readonly declared: GraphQLInputType;
      readonly fallback: Json | undefined;
      /** Undefined: the variable is left out. */
      readonly given: Json | undefined;
    }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [string, Input])[] }
  | { readonly kind: 'list'; readonly items: readonly Input[] };

const DEPTH = 2;
const FREE_JSON: readonly Json[] = [true, 7, 'text', [], {}, [null, 1], { k: { l: [{ m: null }] } }];

/** A value of the type, as JSON. */
function json(type: GraphQLInputType, depth = DEPTH): Arbitrary<Json> {
  if (isNonNullType(type)) return some(type.ofType as GraphQLInputType, depth);
  return fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 4, arbitrary: some(type, depth) });
}

function some(type: GraphQLInputType, depth: number): Arbitrary<Json> {
  if (isNonNullType(type)) return some(type.ofType as GraphQLInputType, depth);
  if (isListType(type)) {
    const item = type.ofType as GraphQLInputType;
    const list = fc.array(json(item, depth - 1), { maxLength: depth > 0 ? 2 : 0 });
    // One value stands for a list of it.
    return fc.oneof({ weight: 4, arbitrary: list }, { weight: depth > 0 ? 1 : 0, arbitrary: some(item, depth - 1) });
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    const required = fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
    const optional = depth > 0 ? fields.filter((field) => !required.includes(field)) : [];
    return fc.record(
      Object.fromEntries([...required, ...optional].map((field) => [field.name, json(field.type, depth - 1)])),
      {
        requiredKeys: required.map(({ name }) => name),
      },
    ) as Arbitrary<Json>;
  }
  switch (type.name) {
    case 'Int':
      return fc.integer({ min: -1000, max: 1000 });
    case 'Float':
      return fc.integer({ min: -1000, max: 1000 }).map((number) => number / 8);
    case 'Boolean':
      return fc.boolean();
    case 'Enum':
      return fc.constantFrom('A', 'B', 'C');
    case 'JSON':
      return fc.constantFrom(...FREE_JSON);
    case 'Odd':
      return fc.integer({ min: 0, max: 9 });
    default:
      return fc.string({ maxLength: 4 });
  }
}

function variable(type: GraphQLInputType): Arbitrary<Input> {
  const of = (declared: GraphQLInputType, fallback: Arbitrary<Json | undefined>, left: boolean): Arbitrary<Input> =>
    fc.record({
      kind: fc.constant('variable' as const),
      declared: fc.constant(declared),
      fallback,
      given: left ? fc.oneof(fc.constant(undefined), json(declared)) : json(declared),
    });
  const nullable = isNonNullType(type) ? (type.ofType as GraphQLInputType) : type;
  const required = new GraphQLNonNull(nullable);
  const none = fc.constant(undefined);
  return isNonNullType(type)
    ? fc.oneof(of(type, none, false), of(type, some(nullable, 1), true), of(nullable, some(nullable, 1), true))
    : fc.oneof(of(type, none, true), of(type, json(type, 1), true), of(required, none, false));
}

/** Whatever may stand for a value of the type. */
export function input(type: GraphQLInputType, depth = DEPTH): Arbitrary<Input> {
  const plain = json(type).map((value): Input => ({ kind: 'plain', type, json: value }));
  const choices = [
    { weight: 3, arbitrary: plain },
    { weight: 3, arbitrary: variable(type) },
  ];
  const nullable = isNonNullType(type) ? (type.ofType as GraphQLInputType) : type;
  if (depth > 0 && isListType(nullable)) {
    const items = fc.array(input(nullable.ofType as GraphQLInputType, depth - 1), { maxLength: 2 });
    choices.push({ weight: 2, arbitrary: items.map((list): Input => ({ kind: 'list', items: list })) });
  }
  if (depth > 0 && isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields()).map(({ name, type: field, defaultValue }) => {
      const given = input(field, depth - 1).map((value) => [[name, value] as const]);
      if (isNonNullType(field) && defaultValue === undefined) return given;
      return fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: given });
    });
    const object = fc.tuple(...fields).map((given): Input => ({ kind: 'object', fields: given.flat() }));
    choices.push({ weight: 3, arbitrary: object });
  }
  if (depth > 0 && 'name' in nullable && nullable.name === 'JSON') {
    const inside = input(GraphQLString, 0);
    const object = fc.tuple(inside, inside).map(([one, other]): Input => ({
      kind: 'object',
      fields: [
        ['one', one],
        ['list', { kind: 'list', items: [other] }],
      ],
    }));
    choices.push({ weight: 2, arbitrary: object });
  }
  return fc.oneof(...choices);
}

/** The value of a condition. */
export const flag: Arbitrary<Input> = input(new GraphQLNonNull(GraphQLBoolean), 0);
