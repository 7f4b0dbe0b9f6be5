/** An attempt that failed, as the graph shows it. */
export class AgentFailure extends Error {
  constructor(
    /** `HTTP_STATUS`, `CONNECTION`, `INVALID_OUTPUT`, `MODEL`, `INVALID_INPUT` … */
    readonly code: string,
    message: string,
    readonly options: {
      /** Whether another attempt could help. */
      readonly retryable: boolean;
      /** Not before this long, when the other side said so. */
      readonly retryAfterMs?: number | undefined;
      /** The service did not do its part (no answer, 5xx): that counts for its circuit breaker. */
      readonly isFault?: boolean | undefined;
      /** The other side has said nothing of the work: it works, or nobody knows. */
      readonly isUnanswered?: boolean | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message.length > 2_000 ? `${message.slice(0, 2_000)}…` : message, { cause: options.cause });
    this.name = 'AgentFailure';
  }
}

/** The agent was not called, because its circuit is open or it has asked to wait: nothing has failed. */
export class AgentWaits extends Error {
  override readonly name = 'AgentWaits';

  constructor(
    message: string,
    /** After how long it may be called. */
    readonly forMs: number,
  ) {
    super(message);
  }
}
