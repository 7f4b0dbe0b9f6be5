/** Each wait is lengthened or shortened by up to this share, so that what failed together does not come back together. */
const JITTER = 0.1;
/** However long a receiver asks to wait. */
const MAX_WAIT_MS = 24 * 3_600_000;

/** When a failed notification is tried again. */
export class RetrySchedule {
  constructor(
    private readonly waitsMs: readonly number[],
    /** From 0 to 1. */
    private readonly random: () => number = Math.random,
  ) {}

  /** The wait after this many failed attempts (from 1); null when there are no more. What the receiver asks for counts when longer. */
  waitMs(failures: number, retryAfterMs = 0): number | null {
    const wait = this.waitsMs[failures - 1];
    if (wait === undefined) return null;
    const jittered = wait * (1 - JITTER + 2 * JITTER * this.random());
    return Math.round(Math.max(jittered, Math.min(retryAfterMs, MAX_WAIT_MS)));
  }
}
