import { warnSeldom, type Logger, type WarnSeldom } from '../../logging/index.ts';
import type { Outcomes } from './circuit-store.ts';

const EVERY_MS = 500;

/** Successes are stored asynchronously in batches: they never open a circuit, and one statement each would be expensive. */
export class OutcomeBuffer {
  private readonly counts = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();
  private readonly warn: WarnSeldom;

  constructor(
    private readonly store: (outcomes: readonly Outcomes[]) => Promise<void>,
    logger: Logger | undefined,
  ) {
    this.warn = warnSeldom(logger, 'outcomes of calls could not be stored');
  }

  succeeded(key: string): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.timer ??= setTimeout(() => void this.flush(), EVERY_MS).unref();
  }

  /** Takes the outcomes of a dependency that were not stored yet, to be stored together with a failure. */
  take(key: string): number {
    const count = this.counts.get(key) ?? 0;
    this.counts.delete(key);
    return count;
  }

  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const outcomes = [...this.counts].map(([key, successes]) => ({ key, successes, failures: 0 }));
    this.counts.clear();
    this.flushing = this.flushing.then(() =>
      this.store(outcomes).catch((error: unknown) => this.warn({ err: error, lost: outcomes.length })),
    );
    return this.flushing;
  }
}
