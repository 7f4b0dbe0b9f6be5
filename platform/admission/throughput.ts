/** Weight of the newest window in the average: most of it covers the last half second. */
const NEWEST = 0.3;
/** Time without completed work that counts as no throughput; a shorter one is normal, because some work takes long. */
const STILL_MS = 1_000;

/** Completed work per time, as a moving average. */
export class Throughput {
  /** Infinite while unknown. */
  perSecond = Infinity;
  private ended = 0;
  private sinceMs = 0;

  /** A piece of work has ended. */
  count(): void {
    this.ended += 1;
  }

  /** To be called with the time since the last call. */
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
