import { storableText } from '../validation/index.ts';

/** A call that was made, and failed. Its message may quote the other side, and can be stored whatever that said. */
export class CallError extends Error {
  override readonly name = 'CallError';
  /** Trying again may help. */
  readonly retryable: boolean;
  /** True when the dependency is at fault, which the circuit breaker counts. False for a wrong or aborted call. */
  readonly fault: boolean;
  /** How long the dependency asks to wait. */
  readonly retryAfterMs: number | undefined;
  /** Of an HTTP answer, or the reply code of a mail server. */
  readonly status: number | undefined;

  constructor(
    /** Upper case, for programs: `TIMEOUT`, `HTTP_STATUS` … */
    readonly code: string,
    message: string,
    options: {
      readonly retryable: boolean;
      readonly fault: boolean;
      readonly retryAfterMs?: number | undefined;
      readonly status?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(storableText(message), { cause: options.cause });
    this.retryable = options.retryable;
    this.fault = options.fault;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}

/**
 * No answer: no connection, a broken one, or a timeout; `cause` says which. `retryable` is true if the call may be repeated:
 * it has not reached the other side, or changes nothing there.
 */
export class NoAnswerError extends CallError {
  constructor(cause: unknown, retryable = false) {
    super('NO_ANSWER', 'There is no answer.', { retryable, fault: true, cause });
  }
}

/** Why a call was not made. */
export type RefusalReason = 'CIRCUIT_OPEN' | 'RATE_LIMITED' | 'TOO_MANY_CALLS';

const MESSAGES: Readonly<Record<RefusalReason, string>> = {
  CIRCUIT_OPEN: 'Recent calls have failed, so that none is made.',
  RATE_LIMITED: 'The limit of calls is reached, or the service has asked not to be called for a while.',
  TOO_MANY_CALLS: 'Too many calls are under way, and none of them has ended in time.',
};

const messageOf = (reason: RefusalReason, retryAfterMs: number): string =>
  reason === 'CIRCUIT_OPEN' && Number.isFinite(retryAfterMs)
    ? `Recent calls have failed, so that none is made until one is tried again, at ${new Date(Date.now() + retryAfterMs).toISOString()} or later.`
    : MESSAGES[reason];

/** A call that was not made. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';

  constructor(
    readonly reason: RefusalReason,
    /** After how long it may be tried again; infinite when nobody knows. */
    readonly retryAfterMs: number,
  ) {
    super(messageOf(reason, retryAfterMs));
  }
}
