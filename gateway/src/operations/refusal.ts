import type { ExecutionResult, GraphQLError } from 'graphql';
import { ErrorCode, PublicError } from '@flowmesh/platform/errors';

/** Nothing was executed. How that is said is up to the transport; what is said is the same on all of them. */
export interface Refusal {
  readonly kind: 'refused';
  /** For HTTP. */
  readonly status: number;
  /** At least one, ready to be sent: message, code and request id. */
  readonly errors: readonly GraphQLError[];
}

/** A request that is wrong in a way for which HTTP has a status of its own, such as 405 or 406. */
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

/** What HTTP says of an error, ready to be sent, that keeps an operation from being executed. */
export const statusOf = ({ extensions }: GraphQLError): number => STATUS[String(extensions.code)] ?? 400;

/**
 * What HTTP says of an operation that was executed: 200, but 503 when nothing came of it because something is away, and 429
 * when nothing came of it because it was tried too often.
 * `nullIsNothing`: also where every field of the answer is null, for clients who only look at the status. `mayBeDone`:
 * although there is no data something was done, so that trying again would do it twice.
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

/** Seconds after which a refused or failed request makes sense again; null when nothing is known of it. */
export function retryAfterOf(errors: readonly GraphQLError[] = []): number | null {
  const given = errors.map(({ extensions }) => extensions.retryAfter).filter((value) => typeof value === 'number');
  return given.length > 0 ? Math.ceil(Math.max(...given)) : null;
}
