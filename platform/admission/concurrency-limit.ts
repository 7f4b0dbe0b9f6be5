export interface LimitBounds {
  readonly least: number;
  readonly most: number;
}

/** Longest acceptable turn of the event loop; a refusal takes at most two turns. */
const GOOD_TURN_MS = 50;
/** Factor applied to the limit after a window with a longer turn. */
const DECREASE = 0.8;
/** Added to the limit after any other window. */
const INCREASE = 4;

/**
 * Adaptive concurrency limit: additive increase, multiplicative decrease (AIMD), as in TCP. The more work is in progress,
 * the longer each turn of the event loop takes, and the longer all work waits for the next one.
 */
export class ConcurrencyLimit {
  private current: number;

  constructor(private readonly bounds: LimitBounds) {
    this.current = bounds.most;
  }

  get value(): number {
    return this.current;
  }

  /** To be called after each window, with its longest turn and its maximum concurrency. */
  adapt(longestTurnMs: number, mostInWork: number): void {
    const { least, most } = this.bounds;
    // Unused capacity cannot be the cause of a long turn.
    const decreased = Math.max(least, Math.floor(Math.min(this.current, mostInWork) * DECREASE));
    this.current =
      longestTurnMs > GOOD_TURN_MS ? Math.min(this.current, decreased) : Math.min(most, this.current + INCREASE);
  }

  /** Back to the initial limit, because an idle process can admit work. */
  reset(): void {
    this.current = this.bounds.most;
  }
}
