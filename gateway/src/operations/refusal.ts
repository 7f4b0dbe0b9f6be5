import { GraphQLError } from 'graphql';
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

/** What HTTP says of an error that keeps an operation from being executed. */
export function statusOf(error: unknown): number {
  if (error instanceof HttpRefusal) return error.status;
  const code = error instanceof GraphQLError ? error.extensions.code : ErrorCode.internal;
  return STATUS[String(code)] ?? 400;
}
