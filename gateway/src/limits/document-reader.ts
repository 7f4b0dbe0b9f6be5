import {
  GraphQLError,
  parse,
  Source,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type SourceLocation,
} from 'graphql';
import { ErrorCode } from '@flowmesh/platform/errors';
import type { GatewayLimits } from '../gateway-config.ts';
import { createIntrospectionLimit } from '../introspection/introspection-limit.ts';
import { literalProblem } from './literals.ts';
import { shapeProblem } from './operation-shape.ts';
import { shortened } from './shortened.ts';

/** A document that may be executed, or at most 20 errors of the text, all caused by the client. */
export type ReadDocument = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

export interface ReaderOptions {
  readonly limits: GatewayLimits;
}

const MAX_ERRORS = 20;
/** Comments are not tokens, but each costs as much as one. */
const MAX_COMMENTS = 1_000;

/**
 * Reads the text of a request. The limits bound the time for any text: a text that is too large is refused before
 * anything reads it more than once. The result depends only on the text, and can be cached by it.
 */
export function createDocumentReader(schema: GraphQLSchema, options: ReaderOptions): (text: string) => ReadDocument {
  const { limits } = options;
  const introspectionProblem = createIntrospectionLimit(schema);

  return (text) => {
    if (text.length > limits.textCharacters) return { errors: [tooLong(limits.textCharacters)] };
    const source = new Source(text);
    let document: DocumentNode;
    try {
      const parseOptions = { maxTokens: limits.tokens, maxComments: MAX_COMMENTS };
      document = parse(source, parseOptions);
    } catch (error) {
      return { errors: [parseFailure(error)] };
    }
    // Errors compute line and column by scanning the whole text, for each of their nodes. Without the text they get the
    // offset as column, which is all that `locate` needs.
    source.body = '';
    const problem = literalProblem(document, limits) ?? shapeProblem(document, limits);
    if (problem) return { errors: [located(problem, text)] };
    const errors = validate(schema, document, specifiedRules, { maxErrors: MAX_ERRORS - 1, hideSuggestions: true });
    if (errors.length > 0) return { errors: errors.map((error) => located(error, text)) };
    const tooMuchOfSchema = introspectionProblem(document);
    return tooMuchOfSchema ? { errors: [located(tooMuchOfSchema, text)] } : { document };
  };
}

function tooLong(most: number): GraphQLError {
  const message = `The text of an operation may have at most ${most.toLocaleString('en')} characters; send large values as variables.`;
  return new GraphQLError(message, { extensions: { code: ErrorCode.validationFailed } });
}

function parseFailure(error: unknown): GraphQLError {
  const code = ErrorCode.parseFailed;
  // The parser is recursive.
  if (error instanceof RangeError) {
    return new GraphQLError('Syntax Error: the text is nested too deeply.', { extensions: { code } });
  }
  if (!(error instanceof GraphQLError)) throw error;
  return withLocations(new GraphQLError(shortened(error.message), { extensions: { code } }), error.locations);
}

/** The error with its first locations in the text. */
function located({ message, locations, extensions }: GraphQLError, text: string): GraphQLError {
  const code = extensions.code ?? ErrorCode.validationFailed;
  const error = new GraphQLError(shortened(message), { extensions: { ...extensions, code } });
  return withLocations(
    error,
    locations?.slice(0, 2).map(({ column }) => locate(text, column - 1)),
  );
}

function locate(text: string, offset: number): SourceLocation {
  const before = text.slice(0, offset).split(/\r\n|[\n\r]/g);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function withLocations(error: GraphQLError, locations: readonly SourceLocation[] | undefined): GraphQLError {
  return Object.assign(error, { locations });
}
