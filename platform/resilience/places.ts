import { CallError, CallRefused, type RefusalReason } from './call-error.ts';
import type { CallPolicy } from './call-policy.ts';

/** Gives back a place; further calls do nothing. */
export type Leave = () => void;

interface Waiter {
  readonly most: number;
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

export const PLACE_FREE_IN_MS = 1_000;

/**
 * The bulkhead of one dependency: at most so many calls at a time; a bounded number of others queue for a bounded time. Our
 * own instead of cockatiel's, in which a call that has left keeps its turn, and a call under way cannot give back its place.
 */
export class Places {
  private readonly queue = new Set<Waiter>();
  private held = 0;
  private answeredAt = 0;

  /** Calls that hold a place. */
  get inFlight(): number {
    return this.held;
  }

  /** Throws `CallRefused` when the queue is full or the wait too long, `CallError` when the caller has left. */
  async enter(policy: CallPolicy, signal: AbortSignal | undefined): Promise<Leave> {
    if (signal?.aborted) throw hasLeft();
    if (this.held < policy.maxConcurrency) return this.hold(policy);
    if (this.queue.size >= policy.maxWaiting) throw isFull();
    return this.wait(policy, signal);
  }

  /** The dependency has answered a call: it is not stuck. */
  answered(): void {
    this.answeredAt = performance.now();
  }

  refuseWaiting(reason: RefusalReason, forMs: number): void {
    for (const waiter of this.queue) waiter.refuse(new CallRefused(reason, forMs));
  }

  private wait(policy: CallPolicy, signal: AbortSignal | undefined): Promise<Leave> {
    const since = performance.now();
    const maxWaitMs = policy.maxWaitMs ?? policy.timeoutMs;
    const endsAt = () =>
      policy.waitsWhileAnswered
        ? Math.min(Math.max(since, this.answeredAt) + maxWaitMs, since + policy.timeoutMs)
        : since + maxWaitMs;
    return new Promise((resolve, reject) => {
      const look = () => {
        const restMs = endsAt() - performance.now();
        if (restMs > 0) timer = setTimeout(look, restMs).unref();
        else waiter.refuse(isFull());
      };
      const left = () => waiter.refuse(hasLeft());
      const end = () => {
        this.queue.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', left);
      };
      const waiter: Waiter = {
        most: policy.maxConcurrency,
        enter: () => {
          end();
          resolve(this.hold(policy));
        },
        refuse: (error) => {
          end();
          reject(error);
        },
      };
      let timer = setTimeout(look, endsAt() - since).unref();
      signal?.addEventListener('abort', left, { once: true });
      this.queue.add(waiter);
    });
  }

  private hold({ placeForMs }: CallPolicy): Leave {
    let isHeld = true;
    const leave = () => {
      if (!isHeld) return;
      isHeld = false;
      clearTimeout(timer);
      this.held -= 1;
      this.letNextIn();
    };
    this.held += 1;
    const timer = placeForMs === undefined ? undefined : setTimeout(leave, placeForMs).unref();
    return leave;
  }

  private letNextIn(): void {
    for (const waiter of this.queue) {
      if (this.held >= waiter.most) return;
      waiter.enter();
    }
  }
}

const isFull = () => new CallRefused('TOO_MANY_CALLS', PLACE_FREE_IN_MS);
const hasLeft = () => new CallError('ABORTED', 'Nobody waits for it.', { retryable: true, fault: false });
