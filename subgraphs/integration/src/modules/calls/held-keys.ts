import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@flowmesh/platform/logging';
import type { CallKey, CallOnceStore } from './call-once-store.ts';

/** Whoever calls renews this while the call is under way, and until its outcome is stored. */
export const LEASE_MS = 8_000;
const RENEW_MS = 2_500;
/** An outcome that could not be stored is tried again so soon, later less often, and for so long. */
const AGAIN_MS = 250;
const MOST_MS = 2_000;
const PATIENCE_MS = 600_000;

export interface HeldKey {
  readonly call: CallKey;
  readonly token: string;
}

/** Keys that calls of this process hold: none loses what became of its call while the process lives. */
export class HeldKeys {
  private readonly unsettled = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly store: Pick<CallOnceStore, 'renew' | 'keep' | 'free'>,
    private readonly logger: Logger,
  ) {}

  /** Holds a key during `work`. `keptOf`: what is to be stored of the outcome; null frees the key. */
  async during<T>(held: HeldKey, work: () => Promise<T>, keptOf: (outcome: T) => unknown): Promise<T> {
    const release = this.renewing(held);
    let outcome: T;
    try {
      outcome = await work();
    } catch (error) {
      release();
      throw error;
    }
    const kept = keptOf(outcome);
    try {
      await this.settle(held, kept);
      release();
    } catch (error) {
      this.logger.warn({ err: error }, 'the outcome of a call could not be kept, which is tried again');
      const later = this.settleLater(held, kept).finally(() => {
        release();
        this.unsettled.delete(later);
      });
      this.unsettled.add(later);
    }
    // The caller has the answer, whether or not it is stored yet.
    return outcome;
  }

  /** Tries once more to store what is not. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.unsettled);
  }

  private renewing({ call, token }: HeldKey): () => void {
    const timer = setInterval(() => {
      this.store.renew(call, token, LEASE_MS).catch((error: unknown) => {
        this.logger.warn({ err: error }, 'the key of a call could not be renewed');
      });
    }, RENEW_MS);
    return () => clearInterval(timer);
  }

  /** Doing it twice is like doing it once, and nothing is done once somebody else has the key. */
  private settle({ call, token }: HeldKey, kept: unknown): Promise<void> {
    return kept === null ? this.store.free(call, token) : this.store.keep(call, token, kept);
  }

  private async settleLater(held: HeldKey, kept: unknown): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    const { signal } = this.stopping;
    for (let waitMs = AGAIN_MS; ; waitMs = Math.min(waitMs * 2, MOST_MS)) {
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      try {
        return await this.settle(held, kept);
      } catch (error) {
        if (!signal.aborted && performance.now() < end) continue;
        // Whoever repeats the call is told that its outcome is not known.
        this.logger.warn({ err: error }, 'the outcome of a call is lost');
        return;
      }
    }
  }
}
