/** Share of the newest window in the mean: most of it is of the last half second. */
const NEWEST = 0.3;
/** So long nothing may have ended before that is taken for the pace: some work takes long. */
const STILL_MS = 1_000;

/** How much work ends, as a moving mean. */
export class Throughput {
  /** Infinite as long as nothing is known. */
  perSecond = Infinity;
  private ended = 0;
  private sinceMs = 0;

  /** A piece of work has ended. */
  count(): void {
    this.ended += 1;
  }

  /** So much time has passed since the last call. */
  pass(windowMs: number): void {
    this.sinceMs += windowMs;
    if (this.ended === 0 && this.sinceMs < STILL_MS) return;
    const newest = (this.ended / this.sinceMs) * 1_000;
    this.perSecond = this.perSecond === Infinity ? newest : this.perSecond * (1 - NEWEST) + newest * NEWEST;
    this.ended = 0;
    this.sinceMs = 0;
  }

  reset(): void {
    this.perSecond = Infinity;
    this.ended = 0;
    this.sinceMs = 0;
  }
}
