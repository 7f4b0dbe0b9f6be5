import type { ExecutionResult, GraphQLError } from 'graphql';
import { ErrorCode, PublicError } from '@flowmesh/platform/errors';

/**
 * A refusal before anything was executed. Its content is the same for all transports; its form depends on the
 * transport.
 */
export interface Refusal {
  readonly kind: 'refused';
  /** For HTTP. */
  readonly status: number;
  /** At least one error, ready to be sent: message, code and request id. */
  readonly errors: readonly GraphQLError[];
}

/** An invalid request for which HTTP has its own status, such as 405 or 406. */
export class HttpRefusal extends PublicError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message, ErrorCode.badRequest);
  }
}

const STATUS: Readonly<Record<string, number>> = {
  [ErrorCode.unauthenticated]: 401,
  [ErrorCode.accessTokenExpired]: 401,
  [ErrorCode.forbidden]: 403,
  [ErrorCode.reauthenticationRequired]: 403,
  [ErrorCode.tooLarge]: 413,
  [ErrorCode.rateLimited]: 429,
  [ErrorCode.internal]: 500,
  [ErrorCode.unavailable]: 503,
  [ErrorCode.timeout]: 504,
};

/** The HTTP status for an error that prevents the execution of an operation. */
export const statusOf = ({ extensions }: GraphQLError): number => STATUS[String(extensions.code)] ?? 400;

/**
 * The HTTP status of an executed operation: 200, but 503 if it returned nothing because a dependency is unavailable,
 * and 429 if it returned nothing because of a rate limit. `nullIsNothing`: a response whose fields are all null counts
 * as nothing, for clients that only look at the status. `mayBeDone`: changes may have been made although there is no
 * data, so a retry could repeat them.
 */
export function statusOfResult(
  { data, errors = [] }: ExecutionResult,
  { nullIsNothing, mayBeDone }: { readonly nullIsNothing: boolean; readonly mayBeDone: boolean },
): number {
  const codes = new Set(errors.map(({ extensions }) => extensions.code));
  const [code] = codes;
  const told = codes.size === 1 && (code === ErrorCode.unavailable || code === ErrorCode.rateLimited);
  const empty = data == null ? !mayBeDone : nullIsNothing && Object.values(data).every((value) => value === null);
  return told && empty ? (STATUS[code] ?? 200) : 200;
}

/** Seconds after which a refused or failed request can be retried; null if unknown. */
export function retryAfterOf(errors: readonly GraphQLError[] = []): number | null {
  const given = errors.map(({ extensions }) => extensions.retryAfter).filter((value) => typeof value === 'number');
  return given.length > 0 ? Math.ceil(Math.max(...given)) : null;
}
