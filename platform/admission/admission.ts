import { Counter, Gauge, type Registry } from 'prom-client';
import { unavailable, type PublicError } from '../errors/index.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { LoopTurns } from './loop-turns.ts';
import { Throughput } from './throughput.ts';

export interface AdmissionOptions {
  /** Maximum concurrent work; lowered while turns of the event loop are slow. */
  readonly inFlight: number;
  /** Maximum amount of waiting work. */
  readonly waiting: number;
  readonly metrics?: Registry;
}

/** To be called when admitted work is done; repeated calls have no effect. */
export type Leave = () => void;

interface Waiter {
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/** Work is refused at once if, at the present throughput, it would wait longer than this. */
const EXPECTED_WAIT_S = 0.5;
/** This many may wait at any throughput, because the throughput is unknown at first. */
const LEAST_WAITING = 16;
/** Work that has waited this long is refused. */
const LONGEST_WAIT_MS = 2_000;
/** Work that takes longer is waiting for something else, such as an agent: it no longer counts. */
const BUSY_MS = 10_000;
/** With fewer, waiting for the database would leave the processor idle. */
const LEAST_IN_FLIGHT = 16;
/** When turns of the event loop take this long in two windows in a row, the process is overloaded. */
const FAR_BEHIND_MS = 400;
const RETRY_AFTER_S = 1;

/**
 * Admission control: admits as much concurrent work as the process can handle. Further work waits, as long as it can
 * start within half a second. Anything beyond that, and work that arrives while the event loop is overloaded, is refused
 * at once: the caller can retry, here or elsewhere, and admitted work is answered in time.
 */
export class Admission {
  private readonly turns = new LoopTurns((longestMs, windowMs) => this.onWindow(longestMs, windowMs));
  private readonly throughput = new Throughput();
  private readonly limit: ConcurrencyLimit;
  private readonly queue = new Set<Waiter>();
  private readonly refused: Counter | undefined;
  private busy = 0;
  private mostBusy = 0;
  /** Number of consecutive overloaded windows. */
  private farBehind = 0;

  constructor(private readonly options: AdmissionOptions) {
    const { inFlight, metrics } = options;
    this.limit = new ConcurrencyLimit({ least: Math.min(LEAST_IN_FLIGHT, inFlight), most: inFlight });
    this.refused = metrics && this.report(metrics);
  }

  /**
   * Resolves when the work may start. Rejects with UNAVAILABLE on overload, and when the signal is aborted because the
   * client has disconnected. `gone`: returns that signal; only called if the work has to wait.
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

  /** Whether new work would be refused now. */
  get isOverfull(): boolean {
    return this.isFarBehind || (this.busy >= this.limit.value && this.queue.size >= this.mostWaiting);
  }

  /** The error for work that was refused because `isOverfull` is true, without calling `enter`. */
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

/** One shared instance, because errors are created when the process is busiest. */
const TOO_MUCH = unavailable('There is more to do than can be done at the moment. Try again.', RETRY_AFTER_S);
const left = () => unavailable('The client has left.');
