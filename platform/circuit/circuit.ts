import { setTimeout as wait } from 'node:timers/promises';
import { circuitBreaker, CircuitState, handleType } from 'cockatiel';
import type { Registry } from 'prom-client';
import { unavailable } from '../errors/index.ts';
import type { Logger } from '../logging/index.ts';
import { circuitMetrics, type CircuitMetrics, type RefusalReason } from './circuit-metrics.ts';
import { Misses } from './misses.ts';

/** No answer from the service: no connection, a broken one, or a timeout. `cause` says which. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor(cause: unknown) {
    super('There is no answer.', { cause });
  }
}

export interface CircuitOptions {
  /** The service on the other side, e.g. `agent`. */
  readonly name: string;
  /** Maximum concurrent calls; further calls queue. Default: no limit. */
  readonly mostCalls?: number | undefined;
  /** Probes the service; rejects when it does not answer in time. One probe at a time, while the circuit is open. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly logger?: Logger | undefined;
  readonly metrics?: Registry | undefined;
}

interface Waiter {
  readonly since: number;
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  open: 'The NAME service does not answer; try again.',
  full: 'Too many calls wait for the NAME service; try again.',
};

/** If calls are in progress and none was answered for this long, the service is probed. */
const SILENT_MS = 1_000;
/** Queued calls are refused when no call was answered for this long: bursts pass, a stuck service does not. */
const STILL_MS = 500;
const LOOK_EVERY_MS = 50;
const LISTEN_EVERY_MS = 250;
/** A call that takes longer is waiting for something else and no longer counts, as in the gateway's admission. */
const BUSY_MS = 10_000;
/** The first probe is early: the failure may have been short, or only this process was paused. */
const FIRST_PROBE_MS = 100;
const PROBE_EVERY_MS = 400;
const PROBE_TIMEOUT_MS = 1_000;

/**
 * Circuit breaker with a concurrency limit, between a process and a service it calls. Calls beyond the limit queue as long
 * as the service answers any call. The circuit opens when several calls in a row had no answer, or when no call was
 * answered for a second and then a probe was not answered either. While it is open, calls are refused at once instead of
 * holding resources until their timeout, and the service is probed; the first answer closes the circuit.
 */
export class Circuit {
  private readonly misses = new Misses();
  private readonly breaker = circuitBreaker(handleType(NoAnswerError), {
    breaker: this.misses,
    // The probes below decide when to try again, not the system clock, which can be set back.
    halfOpenAfter: Number.NEGATIVE_INFINITY,
  });
  private readonly mostCalls: number;
  private readonly metrics: CircuitMetrics;
  private readonly stopping = new AbortController();
  private readonly queue = new Set<Waiter>();
  private opened: Date | null = null;
  private waiting = 0;
  private answeredAt = 0;
  /** When it last answered a call or a probe, or had none to answer. */
  private aliveAt = 0;
  private looking: NodeJS.Timeout | undefined;
  private listening: NodeJS.Timeout | undefined;
  private probing = false;

  constructor(private readonly options: CircuitOptions) {
    this.mostCalls = options.mostCalls ?? Infinity;
    this.metrics = circuitMetrics(options.metrics, options.name, {
      open: () => this.opened !== null,
      inFlight: () => this.waiting,
    });
    this.breaker.onBreak(() => {
      if (this.opened) return;
      this.opened = new Date();
      this.refuseWaiting(() => true, 'open');
      options.logger?.warn({ subgraph: options.name }, 'a subgraph does not answer, and is not asked until it does');
      void this.probeUntilClosed();
    });
    this.breaker.onReset(() => {
      this.opened = null;
      options.logger?.info({ subgraph: options.name }, 'a subgraph answers again');
    });
  }

  /** Since when calls are refused; null while they are not. */
  get openSince(): Date | null {
    return this.opened;
  }

  /**
   * Runs one call. A `NoAnswerError` counts as a failure of the service. Other errors do not count, because the caller has
   * disconnected or made a mistake. Rejects with UNAVAILABLE without calling while the circuit is open or the queue full.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    // cockatiel would let all calls wait for the result of a probe.
    if (this.breaker.state !== CircuitState.Closed) throw this.refusal('open');
    const leave = this.waiting < this.mostCalls ? this.hold() : await this.place();
    try {
      // The circuit may have opened while this call was queued.
      if (this.opened) throw this.refusal('open');
      const answer = await this.breaker.execute(work);
      this.answeredAt = this.aliveAt = performance.now();
      return answer;
    } finally {
      leave();
    }
  }

  /** Stops probing. */
  close(): void {
    this.stopping.abort();
    clearInterval(this.listening);
    this.refuseWaiting(() => true, 'full');
  }

  private place(): Promise<() => void> {
    return new Promise((resolve, reject) => {
      this.queue.add({ since: performance.now(), enter: () => resolve(this.hold()), refuse: reject });
      this.looking ??= setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    });
  }

  private look(): void {
    const still = performance.now() - STILL_MS;
    this.refuseWaiting(({ since }) => Math.max(since, this.answeredAt) < still, 'full');
  }

  private refuseWaiting(isRefused: (waiter: Waiter) => boolean, reason: RefusalReason): void {
    for (const waiter of this.queue) {
      if (!isRefused(waiter)) continue;
      this.queue.delete(waiter);
      waiter.refuse(this.refusal(reason));
    }
    this.rest();
  }

  private letNextIn(): void {
    for (const waiter of this.queue) {
      if (this.waiting >= this.mostCalls) return;
      this.queue.delete(waiter);
      waiter.enter();
    }
    this.rest();
  }

  private rest(): void {
    if (this.queue.size > 0) return;
    clearInterval(this.looking);
    this.looking = undefined;
  }

  private refusal(reason: RefusalReason): Error {
    const { name } = this.options;
    this.metrics.refused(reason);
    return unavailable(REFUSALS[reason].replace('NAME', name));
  }

  private hold(): () => void {
    let held = true;
    const leave = () => {
      if (!held) return;
      held = false;
      clearTimeout(timer);
      this.waiting -= 1;
      if (this.waiting === 0) clearInterval(this.listening);
      this.letNextIn();
    };
    if (this.waiting === 0) this.startListening();
    this.waiting += 1;
    const timer = setTimeout(leave, BUSY_MS).unref();
    return leave;
  }

  private startListening(): void {
    this.aliveAt = performance.now();
    this.listening = setInterval(() => void this.listen(), LISTEN_EVERY_MS).unref();
  }

  /** Timeouts of calls are long; a stuck service is detected earlier. */
  private async listen(): Promise<void> {
    if (this.probing || this.opened || performance.now() - this.aliveAt < SILENT_MS) return;
    this.probing = true;
    const begun = performance.now();
    try {
      await this.probe();
      this.aliveAt = performance.now();
    } catch (error) {
      if (this.aliveAt > begun || this.opened || this.stopping.signal.aborted) return;
      this.misses.noSignOfLife();
      await this.breaker.execute(() => Promise.reject(error as Error)).catch(() => undefined);
    } finally {
      this.probing = false;
    }
  }

  private async probeUntilClosed(): Promise<void> {
    const { signal } = this.stopping;
    let delayMs = FIRST_PROBE_MS;
    while (this.opened) {
      await wait(delayMs, undefined, { ref: false, signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.breaker.execute(() => this.probe()).catch(() => undefined);
      delayMs = PROBE_EVERY_MS;
    }
  }

  private async probe(): Promise<void> {
    try {
      await this.options.probe(AbortSignal.timeout(PROBE_TIMEOUT_MS));
    } catch (error) {
      throw new NoAnswerError(error);
    }
  }
}
