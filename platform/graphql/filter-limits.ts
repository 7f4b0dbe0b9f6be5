import { defaultFieldResolver, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import { badInput } from '../errors/index.ts';

const ARGUMENT = 'filter';
const MOST_VALUES = 100;
const MOST_CHARACTERS = 1_000;

/** What is wrong with the size of a filter, and where; null when nothing is. */
function problemOf(value: unknown, path: string): { readonly path: string; readonly message: string } | null {
  if (typeof value === 'string' && value.length > MOST_CHARACTERS) {
    return { path, message: `must have at most ${MOST_CHARACTERS.toLocaleString('en')} characters` };
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return null;
  if (Array.isArray(value) && value.length > MOST_VALUES) {
    return { path, message: `must have at most ${MOST_VALUES} values` };
  }
  for (const [key, inner] of Object.entries(value)) {
    const problem = problemOf(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
    if (problem) return problem;
  }
  return null;
}

function assertModest(args: Readonly<Record<string, unknown>>): void {
  const problem = problemOf(args[ARGUMENT], ARGUMENT);
  if (problem) throw badInput(problem.path, problem.message);
}

/**
 * Bounds what every field with an argument `filter` can be asked to look for, before its resolver sees it: lists of 100
 * values, texts of 1,000 characters. Changes the schema.
 */
export function boundFilters(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()))
      if (field.args.some(({ name }) => name === ARGUMENT)) bound(field);
  }
}

function bound(field: GraphQLField<unknown, unknown>): void {
  const { resolve = defaultFieldResolver, subscribe } = field;
  field.resolve = (source, args: Record<string, unknown>, context, info) => {
    assertModest(args);
    return resolve(source, args, context, info);
  };
  if (!subscribe) return;
  field.subscribe = (source, args: Record<string, unknown>, context, info) => {
    assertModest(args);
    return subscribe(source, args, context, info);
  };
}
