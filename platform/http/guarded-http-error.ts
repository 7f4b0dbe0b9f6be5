export type GuardedHttpErrorCode =
  'INVALID_URL' | 'BLOCKED_ADDRESS' | 'CONNECTION' | 'TIMEOUT' | 'TOO_LARGE' | 'ABORTED';

/** Why a call failed before or while its answer was read. The message may be shown to users. */
export class GuardedHttpError extends Error {
  constructor(
    readonly code: GuardedHttpErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'GuardedHttpError';
  }
}
