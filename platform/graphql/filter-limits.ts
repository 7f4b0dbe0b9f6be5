import { defaultFieldResolver, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import { badInput } from '../errors/index.ts';
import { textProblem } from '../validation/index.ts';

const ARGUMENT = 'filter';
const MOST_VALUES = 100;
const MOST_CHARACTERS = 1_000;
/** What is looked for within other texts. */
const SEARCH = 'search';
const MOST_SEARCH_CHARACTERS = 100;

/** A copy with every text composed (NFC), as names are kept. Throws BAD_USER_INPUT for what cannot be looked for. */
function tidy(value: unknown, path: string, name: string): unknown {
  if (typeof value === 'string') {
    return tidyText(value, path, name === SEARCH ? MOST_SEARCH_CHARACTERS : MOST_CHARACTERS);
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) {
    if (value.length > MOST_VALUES) throw badInput(path, `must have at most ${MOST_VALUES} values`);
    return value.map((inner, at) => tidy(inner, `${path}[${at}]`, name));
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, tidy(inner, `${path}.${key}`, key)]));
}

function tidyText(text: string, path: string, most: number): string {
  // A character is one or two units, so most texts need not be counted.
  if (text.length > most && (text.length > 2 * most || [...text].length > most)) {
    throw badInput(path, `must have at most ${most.toLocaleString('en')} characters`);
  }
  const problem = textProblem(text);
  if (problem) throw badInput(path, problem);
  return text.normalize('NFC');
}

/** The arguments of a field, if they are no more than may be asked for. */
const tidied = (args: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  ...args,
  [ARGUMENT]: tidy(args[ARGUMENT], ARGUMENT, ARGUMENT),
});

/**
 * Limits the argument `filter` of every field before its resolver gets it: at most 100 values in a list, 1,000 characters in
 * a text, 100 in a text named `search`, and no characters that cannot be stored. Texts are normalised to NFC. Modifies the
 * schema.
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
  field.resolve = (source, args: Record<string, unknown>, context, info) =>
    resolve(source, tidied(args), context, info);
  if (!subscribe) return;
  field.subscribe = (source, args: Record<string, unknown>, context, info) =>
    subscribe(source, tidied(args), context, info);
}
