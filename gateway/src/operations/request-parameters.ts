import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import type { GraphQLRequest } from '@flowmesh/platform/federation';
import { readJson } from '@flowmesh/platform/json';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (message: string) => new PublicError(message, ErrorCode.badRequest);

/**
 * `{ query, operationName, variables }` as any transport receives it. Throws BAD_REQUEST with a message that names the
 * error.
 */
export function readParameters(parameters: unknown): GraphQLRequest {
  if (Array.isArray(parameters)) throw wrong('Batches are not offered: send one operation a request.');
  if (!isObject(parameters)) throw wrong('The request must be a JSON object with a `query`.');
  const { query, operationName, variables, extensions } = parameters;
  if (extensions != null && !isObject(extensions)) throw wrong('extensions: must be a JSON object.');
  if (query === undefined && isObject(extensions) && 'persistedQuery' in extensions) {
    // After this error, clients that tried a hash send the text.
    throw new PublicError('PersistedQueryNotSupported', ErrorCode.persistedQueryNotSupported);
  }
  if (typeof query !== 'string' || query === '') throw wrong('query: must be the text of a GraphQL document.');
  if (operationName != null && typeof operationName !== 'string') throw wrong('operationName: must be a string.');
  if (variables != null && !isObject(variables)) throw wrong('variables: must be a JSON object.');
  return { query, operationName: operationName || undefined, variables: variables ?? undefined };
}

/** The same from a query string (`?query=…&variables=…`), where objects are JSON. */
export function readSearchParameters(search: URLSearchParams): GraphQLRequest {
  return readParameters({
    query: search.get('query') ?? undefined,
    operationName: search.get('operationName'),
    variables: jsonOf(search, 'variables'),
    extensions: jsonOf(search, 'extensions'),
  });
}

function jsonOf(search: URLSearchParams, name: string): unknown {
  const text = search.get(name);
  if (text === null || text === '') return undefined;
  const read = readJson(text);
  if (read.ok) return read.value;
  const { code, message } = read.problem;
  if (code === 'NUMBER') throw new PublicError(`${name}.${message}.`, ErrorCode.badInput);
  throw wrong(`${name}: ${message}.`);
}
