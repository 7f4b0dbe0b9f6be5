import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';

export function toGraphQLErrors(errors: readonly GraphQLFormattedError[]): GraphQLError[] {
  return errors.map(({ message, path, extensions }) => new GraphQLError(message, { path, extensions }));
}

/** Reads the answer of a subgraph; null when it is no GraphQL result. */
export function parseResult(text: string): ExecutionResult | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('data' in value || 'errors' in value)) return null;
  const { data, errors } = value as { data?: ExecutionResult['data']; errors?: readonly GraphQLFormattedError[] };
  return errors ? { data, errors: toGraphQLErrors(errors) } : { data };
}
