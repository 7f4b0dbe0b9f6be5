export interface LimitBounds {
  readonly least: number;
  readonly most: number;
}

/** The longest turn of the event loop that is still good: whoever is refused hears so within two of them. */
const GOOD_TURN_MS = 50;
/** What is left after a window with a longer turn. */
const DECREASE = 0.8;
/** What is added after any other. */
const INCREASE = 4;

/**
 * How much work may be done at the same time, found by trying: additive increase, multiplicative decrease, as TCP finds
 * its window. The more is in work, the more there is to do in each turn of the event loop, and the longer everybody waits
 * for the next one.
 */
export class ConcurrencyLimit {
  private current: number;

  constructor(private readonly bounds: LimitBounds) {
    this.current = bounds.most;
  }

  get value(): number {
    return this.current;
  }

  /** After a window of time with this longest turn, and at most so much in work. */
  adapt(longestTurnMs: number, mostInWork: number): void {
    const { least, most } = this.bounds;
    // What was allowed and not used has not made the turn long.
    const decreased = Math.max(least, Math.floor(Math.min(this.current, mostInWork) * DECREASE));
    this.current =
      longestTurnMs > GOOD_TURN_MS ? Math.min(this.current, decreased) : Math.min(most, this.current + INCREASE);
  }

  /** As at the beginning: who comes to a process that has nothing to do is let in. */
  reset(): void {
    this.current = this.bounds.most;
  }
}
