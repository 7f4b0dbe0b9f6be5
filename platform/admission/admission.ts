import { Counter, Gauge, type Registry } from 'prom-client';
import { unavailable, type PublicError } from '../errors/index.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { LoopTurns } from './loop-turns.ts';
import { Throughput } from './throughput.ts';

export interface AdmissionOptions {
  /** Pieces of work at the same time; fewer while the event loop takes long for a turn. */
  readonly inFlight: number;
  /** Pieces of work that wait for one of those to end. */
  readonly waiting: number;
  readonly metrics?: Registry;
}

/** Whoever was let in says once when the work is done; more often does no harm. */
export type Leave = () => void;

interface Waiter {
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/** Who would have to wait longer, as work ends at the moment, is refused at once and can go elsewhere. */
const EXPECTED_WAIT_S = 0.5;
/** So many may wait whatever the pace: nothing is known from work that has just begun. */
const LEAST_WAITING = 16;
/** Who has waited so long in spite of that is refused. */
const LONGEST_WAIT_MS = 2_000;
/** Work that takes longer waits for something else, such as an agent: it holds nobody back. */
const BUSY_MS = 10_000;
/** With fewer, waiting for the database would leave the processor idle. */
const LEAST_IN_FLIGHT = 16;
/** When everything in the process waits so long for its turn, twice in a row, what is added only makes it longer. */
const FAR_BEHIND_MS = 400;
const RETRY_AFTER_S = 1;

/**
 * Lets in as much work as a process can do at the same time. Some of what is beyond waits, as much as has its turn within
 * half a second; what is beyond that too, or comes while the event loop is far behind, is refused at once: whoever is told
 * so can go elsewhere or come again, and those who were let in are answered in time.
 */
export class Admission {
  private readonly turns = new LoopTurns((longestMs, windowMs) => this.onWindow(longestMs, windowMs));
  private readonly throughput = new Throughput();
  private readonly limit: ConcurrencyLimit;
  private readonly queue = new Set<Waiter>();
  private readonly refused: Counter | undefined;
  private busy = 0;
  private mostBusy = 0;
  /** Of how many windows in a row. */
  private farBehind = 0;

  constructor(private readonly options: AdmissionOptions) {
    const { inFlight, metrics } = options;
    this.limit = new ConcurrencyLimit({ least: Math.min(LEAST_IN_FLIGHT, inFlight), most: inFlight });
    this.refused = metrics && this.report(metrics);
  }

  /**
   * Resolves when the work may begin. Rejects with UNAVAILABLE when there is too much, and when the signal is aborted:
   * the work of somebody who has left does not begin. `gone`: asked for the signal of whoever has to wait.
   */
  async enter(gone?: () => AbortSignal): Promise<Leave> {
    this.turns.start();
    if (this.isFull) await this.wait(gone);
    else this.take();
    let counted = true;
    const leave = () => {
      if (!counted) return;
      counted = false;
      clearTimeout(timer);
      this.busy -= 1;
      this.throughput.count();
      this.letNextIn();
    };
    const timer = setTimeout(leave, BUSY_MS).unref();
    return leave;
  }

  /** Whether whoever came now would be refused. */
  get isOverfull(): boolean {
    return this.isFarBehind || (this.busy >= this.limit.value && this.queue.size >= this.mostWaiting);
  }

  /** Somebody was refused without having asked, because `isOverfull` is true: what they are told. */
  refuse(): PublicError {
    return this.tooMuch();
  }

  close(): void {
    this.turns.stop();
  }

  private get mostWaiting(): number {
    return Math.min(this.options.waiting, Math.max(LEAST_WAITING, this.throughput.perSecond * EXPECTED_WAIT_S));
  }

  private take(): void {
    this.busy += 1;
    this.mostBusy = Math.max(this.mostBusy, this.busy);
  }

  private get isFull(): boolean {
    return this.busy >= this.limit.value || this.isFarBehind;
  }

  private get isFarBehind(): boolean {
    return this.farBehind > 1;
  }

  private wait(signalOf: (() => AbortSignal) | undefined): Promise<void> {
    if (this.queue.size >= this.mostWaiting || this.isFarBehind) throw this.tooMuch();
    const gone = signalOf?.();
    if (gone?.aborted) throw left();
    return new Promise((resolve, reject) => {
      const settle = (work: () => void) => {
        this.queue.delete(waiter);
        clearTimeout(timer);
        gone?.removeEventListener('abort', onGone);
        work();
      };
      const enter = () => {
        this.take();
        resolve();
      };
      const waiter: Waiter = { enter: () => settle(enter), refuse: (error) => settle(() => reject(error)) };
      const onGone = () => waiter.refuse(left());
      const timer = setTimeout(() => waiter.refuse(this.tooMuch()), LONGEST_WAIT_MS);
      gone?.addEventListener('abort', onGone, { once: true });
      this.queue.add(waiter);
    });
  }

  private letNextIn(): void {
    for (const next of this.queue) {
      if (this.isFull) return;
      next.enter();
    }
  }

  private onWindow(longestTurnMs: number, windowMs: number): void {
    this.throughput.pass(windowMs);
    this.farBehind = longestTurnMs > FAR_BEHIND_MS ? this.farBehind + 1 : 0;
    this.limit.adapt(longestTurnMs, this.mostBusy);
    this.mostBusy = this.busy;
    if (this.busy === 0 && this.queue.size === 0) {
      this.turns.stop();
      this.farBehind = 0;
      this.limit.reset();
      this.throughput.reset();
    }
    this.letNextIn();
  }

  private tooMuch(): PublicError {
    this.refused?.inc();
    return TOO_MUCH;
  }

  private report(metrics: Registry): Counter {
    const registers = [metrics];
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    gauge('graphql_operations_in_flight', 'Operations in work.', () => this.busy);
    gauge('graphql_operations_waiting', 'Operations that wait for others to end.', () => this.queue.size);
    gauge('graphql_operations_limit', 'Operations that may be in work: fewer while the event loop is slow.', () => {
      return this.limit.value;
    });
    return new Counter({
      name: 'graphql_operations_refused_total',
      help: 'Operations refused because there was more to do than could be done.',
      registers,
    });
  }
}

/** One for all: it is made when there is least time for it. */
const TOO_MUCH = unavailable('There is more to do than can be done at the moment. Try again.', RETRY_AFTER_S);
const left = () => unavailable('The client has left.');
