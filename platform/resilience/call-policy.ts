/** How calls to one dependency are protected. Times are in milliseconds unless their names say seconds. */
export interface CallPolicy {
  /** Maximum concurrent calls in one process; at most `maxWaiting` further calls wait. */
  readonly maxConcurrency: number;
  readonly maxWaiting: number;
  /** How long a call waits for a place; null for as long as `timeoutMs`. Policies stored before there was this have none. */
  readonly maxWaitMs?: number | null;
  /**
   * `maxWaitMs` begins anew with each answer that another call gets: bursts pass, and nobody queues for a dependency that is
   * stuck. `timeoutMs` is then the limit. Default: false.
   */
  readonly waitsWhileAnswered?: boolean;
  /** After how long a call gives back its place although it has not ended: it waits for something else. Default: never. */
  readonly placeForMs?: number;
  /** Rate limit; null for no limit. */
  readonly rateLimit: { readonly calls: number; readonly perSeconds: number } | null;
  /** How long answers of read-only calls are cached; 0 for never. */
  readonly cacheSeconds: number;
  readonly circuitBreaker: BreakerRules;
  /** Timeout for the whole call, including retries, from when it has a place. */
  readonly timeoutMs: number;
  readonly retry: RetryRules;
}

export interface BreakerRules {
  /** Percentage of calls within the window that fail because of the dependency, at which the circuit opens. */
  readonly failureRatePercent: number;
  readonly windowSeconds: number;
  /** Calls within the window below which it stays closed. */
  readonly minimumCalls: number;
  /** How long calls are refused before one is tried. */
  readonly openSeconds: number;
}

export interface RetryRules {
  /** The first one included. */
  readonly maxAttempts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

export const DEFAULT_POLICY: CallPolicy = {
  maxConcurrency: 20,
  maxWaiting: 100,
  rateLimit: null,
  cacheSeconds: 0,
  circuitBreaker: { failureRatePercent: 50, windowSeconds: 30, minimumCalls: 10, openSeconds: 15 },
  timeoutMs: 30_000,
  retry: { maxAttempts: 3, initialDelayMs: 200, maxDelayMs: 5_000 },
};
