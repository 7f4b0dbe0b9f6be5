import { unavailable } from '../errors/index.ts';
import { LoopDelay } from './loop-delay.ts';

export interface AdmissionLimits {
  /** Pieces of work at the same time. */
  readonly inFlight: number;
  /** Pieces of work that wait for one of those to end. */
  readonly waiting: number;
}

/** Whoever was let in says once when the work is done; more often does no harm. */
export type Leave = () => void;

interface Waiter {
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/** With the way through a busy process, a refusal comes within 100 ms. */
const LONGEST_WAIT_MS = 60;
/** Of those who came at once, to a process that nobody waited for: a page that asks for much, and is served in a moment. */
const LONGEST_WAIT_OF_A_BURST_MS = 2_000;
/** Who comes later, and still finds others waiting, comes to a process that has more to do than it can. */
const BURST_MS = 100;
/** Work that takes longer waits for something else, such as an agent: it holds nobody back. */
const BUSY_MS = 10_000;
/** When everything in the process waits so long for its turn, what is added only makes it longer. */
const MOST_DELAY_MS = 400;
const RETRY_AFTER_S = 1;

/**
 * Lets in as much work as a process can do at the same time. What is beyond waits for a moment; what is beyond that too,
 * or comes while the event loop is far behind, is refused at once: whoever is told so can go elsewhere or come again,
 * and those who were let in are answered in time.
 */
export class Admission {
  private readonly loop = new LoopDelay();
  private readonly queue = new Set<Waiter>();
  private busy = 0;
  /** Since when somebody has been waiting without a break. */
  private waitedForSince = 0;

  constructor(private readonly limits: AdmissionLimits) {}

  /**
   * Resolves when the work may begin. Rejects with UNAVAILABLE when there is too much, and when `gone` is aborted: the
   * work of somebody who has left does not begin.
   */
  async enter(gone?: AbortSignal): Promise<Leave> {
    if (gone?.aborted) throw left();
    if (this.busy >= this.limits.inFlight || this.loop.delayMs > MOST_DELAY_MS) await this.wait(gone);
    this.busy += 1;
    let counted = true;
    const leave = () => {
      if (!counted) return;
      counted = false;
      clearTimeout(timer);
      this.busy -= 1;
      this.letNextIn();
    };
    const timer = setTimeout(leave, BUSY_MS).unref();
    return leave;
  }

  close(): void {
    this.loop.stop();
  }

  private wait(gone: AbortSignal | undefined): Promise<void> {
    if (this.queue.size >= this.limits.waiting || this.loop.delayMs > MOST_DELAY_MS) throw tooMuch();
    const now = performance.now();
    if (this.queue.size === 0) this.waitedForSince = now;
    const longestWaitMs = now - this.waitedForSince <= BURST_MS ? LONGEST_WAIT_OF_A_BURST_MS : LONGEST_WAIT_MS;
    return new Promise((resolve, reject) => {
      const settle = (work: () => void) => {
        this.queue.delete(waiter);
        clearTimeout(timer);
        gone?.removeEventListener('abort', onGone);
        work();
      };
      const waiter: Waiter = { enter: () => settle(resolve), refuse: (error) => settle(() => reject(error)) };
      const onGone = () => waiter.refuse(left());
      const timer = setTimeout(() => waiter.refuse(tooMuch()), longestWaitMs);
      gone?.addEventListener('abort', onGone, { once: true });
      this.queue.add(waiter);
    });
  }

  private letNextIn(): void {
    const [next] = this.queue;
    if (next && this.busy < this.limits.inFlight) next.enter();
  }
}

const tooMuch = () => unavailable('There is more to do than can be done at the moment. Try again.', RETRY_AFTER_S);
const left = () => unavailable('The client has left.');
