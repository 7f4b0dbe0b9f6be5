import {
  GraphQLError,
  getNamedType,
  isListType,
  isNonNullType,
  isAbstractType,
  isObjectType,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import { chanceOf, numberOf } from './random.ts';

/** An object of the data, known by its type and id alone: every subgraph says the same of it. */
export interface Thing {
  readonly __typename: string;
  readonly id: string;
  readonly code: string;
  /** Sent along by the gateway to the subgraph that needs it. */
  readonly safe?: string;
}

export const thing = (__typename: string, id: string, safe?: string): Thing => ({
  __typename,
  id,
  code: `c${id}`,
  safe,
});

/** Names the mutations in the order in which they happened. */
export const happened: string[] = [];

const IDS = 6;
const CODES = Object.values(ErrorCode);

function failure(key: string): Error {
  const kind = numberOf(`${key}/kind`, CODES.length + 2);
  if (kind === 0) return new Error(`a secret of ${key}`);
  const code = CODES[kind - 1];
  return code ? new PublicError(`failed at ${key}`, code) : new GraphQLError(`refused at ${key}`);
}

/**
 * The value of a field: follows from `key` (the object, the field and its arguments) only, so that whoever asks gets
 * the same. Some are null, also where they may not be, and some are errors.
 */
function valueOf(schema: GraphQLSchema, type: GraphQLOutputType, key: string, nulls = 0.12): unknown {
  if (isNonNullType(type)) return valueOf(schema, type.ofType, key, 0.02);
  if (chanceOf(`${key}/error`) < 0.05) return failure(key);
  if (chanceOf(`${key}/null`) < nulls) return null;
  if (isListType(type)) {
    return Array.from({ length: numberOf(`${key}/length`, 4) }, (_, index) =>
      valueOf(schema, type.ofType, `${key}[${index}]`),
    );
  }
  const named = getNamedType(type);
  if (isObjectType(named)) return thing(named.name, String(numberOf(key, IDS)));
  if (isAbstractType(named)) {
    const types = schema
      .getPossibleTypes(named)
      .map(({ name }) => name)
      .sort();
    return thing(types[numberOf(`${key}/type`, types.length)]!, String(numberOf(key, IDS)));
  }
  return leafOf(named.name, key);
}

function leafOf(type: string, key: string): unknown {
  const number = numberOf(key, 1_000_000);
  switch (type) {
    case 'Int':
      return number;
    case 'Float':
      return number / 8;
    case 'Boolean':
      return number % 2 === 0;
    case 'Enum':
      return ['A', 'B', 'C'][number % 3];
    case 'JSON':
      return { of: key, list: [number, null, { deep: true }] };
    case 'DateTime':
      return new Date(number * 1_000_000).toISOString();
    case 'Odd':
      return number * 2 + 1;
    default:
      return `${type} of ${key}`;
  }
}

const safeOf = ({ __typename, id }: Thing) => `safe of ${__typename}:${id}`;

/** Resolves any field, of a subgraph's schema as of the composed one. */
export const resolveField: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
  const { schema, parentType, fieldName, returnType } = info;
  const own = source as Partial<Thing> | undefined;
  if (parentType === schema.getMutationType()) happened.push(`${fieldName} ${JSON.stringify(args)}`);
  if (own?.__typename && (fieldName === 'id' || fieldName === 'code')) return own[fieldName];
  if (own?.id !== undefined && fieldName === 'safe') return safeOf(own as Thing);
  if (own?.id !== undefined && fieldName === 'needs') {
    return `needs ${(context as DataContext).whole ? safeOf(own as Thing) : own.safe}`;
  }
  const key = `${parentType.name}:${own?.id ?? ''}.${fieldName}(${JSON.stringify(sorted(args))})`;
  const value = valueOf(schema, returnType, key);
  return (context as DataContext).later ? later(value) : value;
};

export interface DataContext {
  /** Whether values come at once or later, all of a graph: see docs/graphql-conformance.md for a mixture. */
  readonly later: boolean;
  /** Whether nobody sends along what a field needs, as there are no subgraphs. */
  readonly whole: boolean;
}

const later = (value: unknown): Promise<unknown> =>
  Promise.resolve(Array.isArray(value) ? value.map((item: unknown) => later(item)) : value);

/** Three events, or an error in place of the stream. */
export const subscribeField: GraphQLFieldResolver<unknown, unknown> = (_source, args, _context, { fieldName }) => {
  const key = `${fieldName}(${JSON.stringify(sorted(args))})`;
  if (chanceOf(`${key}/refused`) < 0.05) throw failure(key);
  return (async function* () {
    for (let event = 0; event < numberOf(`${key}/events`, 4); event++) yield { id: `event ${event}` };
  })();
};

/** Equal arguments have equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, entry]) => [name, sorted(entry)]),
  );
}
