import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ErrorCode, isOutage, outage, PublicError } from '../errors/index.ts';
import { currentRequestId, warnSeldom, type Logger } from '../logging/index.ts';

/** Codes whose messages speak of the request only, whoever has found it wrong. */
const REQUEST_CODES: ReadonlySet<string> = new Set([
  ErrorCode.badRequest,
  ErrorCode.parseFailed,
  ErrorCode.validationFailed,
  ErrorCode.persistedQueryNotSupported,
  ErrorCode.badInput,
  // Of Apollo Server, in front of a subgraph that is a process of its own.
  'OPERATION_RESOLUTION_FAILURE',
]);

const KNOWN_CODES: ReadonlySet<string> = new Set([...REQUEST_CODES, ...Object.values(ErrorCode)]);

function isPublic(error: unknown): boolean {
  if (error instanceof PublicError) return true;
  // A subgraph's answer, as it came: the subgraph has masked its errors.
  if (!(error instanceof Error)) return KNOWN_CODES.has(codeOf(error as Partial<GraphQLError>) ?? '');
  // Errors of another process, or of graphql-js itself (a value that does not fit its type).
  if (!(error instanceof GraphQLError)) return false;
  const code = codeOf(error);
  if (code !== undefined) return KNOWN_CODES.has(code);
  // With a path it happened in a field: a null where none may be, a value no enum has. That is ours to repair.
  return error.originalError === undefined && error.path === undefined;
}

/** Entries of `extensions` that reveal internals. */
const OWN_BUSINESS: ReadonlySet<string> = new Set(['stacktrace', 'serviceName']);

function codeOf({ extensions }: Partial<GraphQLError>): string | undefined {
  return typeof extensions?.code === 'string' ? extensions.code : undefined;
}

/**
 * The error that clients see: public errors unchanged, outages as UNAVAILABLE, all others as INTERNAL with the request id
 * to find the log record. Stacks and causes never leave the process.
 */
export function createErrorFormatter(logger: Logger) {
  const warnOfOutage = warnSeldom(logger, 'what the product depends on is away');
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const original = unwrapResolverError(error);
    const requestId = formatted.extensions?.requestId ?? currentRequestId();
    const place = { locations: formatted.locations, path: formatted.path };
    const code = formatted.extensions?.code;
    if (isPublic(original) || (typeof code === 'string' && REQUEST_CODES.has(code))) {
      const extensions = Object.fromEntries(
        Object.entries(formatted.extensions ?? {}).filter(([name]) => !OWN_BUSINESS.has(name)),
      );
      // Apollo Server calls every error without a code one of its own.
      const known = extensions.code !== undefined && extensions.code !== 'INTERNAL_SERVER_ERROR';
      return {
        message: formatted.message,
        ...withoutUndefined(place),
        extensions: { ...extensions, code: known ? extensions.code : ErrorCode.badInput, requestId },
      };
    }
    if (isOutage(original)) {
      warnOfOutage({ err: original, path: formatted.path });
      const { message, extensions } = outage();
      return { message, ...withoutUndefined(place), extensions: { ...extensions, requestId } };
    }
    logger.error({ err: original, path: formatted.path }, 'unexpected error');
    return {
      message: 'Something went wrong on our side. The request id tells us what.',
      ...withoutUndefined(place),
      extensions: { code: ErrorCode.internal, requestId },
    };
  };
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Partial<T>;
}
