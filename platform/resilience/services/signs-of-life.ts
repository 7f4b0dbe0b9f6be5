import { setTimeout as wait } from 'node:timers/promises';

export interface SignsOfLifeOptions {
  /** Rejects when the service does not answer in time. One at a time while the circuit is open. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  /** Calls that wait for the service. */
  readonly inFlight: () => number;
  readonly isOpen: () => boolean;
  /** Calls are in progress, none was answered for a second, and now a probe was not answered either. */
  readonly silent: () => void;
  /** While the circuit is open, a probe was answered. */
  readonly answers: () => void;
}

/** If calls are in progress and none was answered for this long, the service is probed. */
const SILENT_MS = 1_000;
const LISTEN_EVERY_MS = 250;
/** The first probe is early: the failure may have been short, or only this process was paused. */
const FIRST_PROBE_MS = 100;
const PROBE_EVERY_MS = 400;
const PROBE_TIMEOUT_MS = 1_000;

/**
 * Probes a service by requests of this process, which cost no client anything: to find out that it is stuck before its calls
 * have timed out, and that it answers again.
 */
export class SignsOfLife {
  private readonly stopping = new AbortController();
  /** When it last answered a call or a probe, or had none to answer. */
  private aliveAt = 0;
  private listening: NodeJS.Timeout | undefined;
  private probing = false;

  constructor(private readonly options: SignsOfLifeOptions) {}

  /** Before each call. */
  expect(): void {
    if (this.options.inFlight() === 0) this.aliveAt = performance.now();
    this.listening ??= setInterval(() => void this.listen(), LISTEN_EVERY_MS).unref();
  }

  /** A call was answered. */
  seen(): void {
    this.aliveAt = performance.now();
  }

  /** Probes until the circuit is closed. */
  async await(): Promise<void> {
    const { signal } = this.stopping;
    let delayMs = FIRST_PROBE_MS;
    while (this.options.isOpen()) {
      await wait(delayMs, undefined, { ref: false, signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.probe().then(this.options.answers, () => undefined);
      delayMs = PROBE_EVERY_MS;
    }
  }

  stop(): void {
    this.stopping.abort();
    this.rest();
  }

  private async listen(): Promise<void> {
    if (this.options.inFlight() === 0) return this.rest();
    if (this.probing || this.options.isOpen() || performance.now() - this.aliveAt < SILENT_MS) return;
    this.probing = true;
    const begun = performance.now();
    try {
      await this.probe();
      this.seen();
    } catch {
      if (this.aliveAt > begun || this.options.isOpen() || this.stopping.signal.aborted) return;
      this.options.silent();
    } finally {
      this.probing = false;
    }
  }

  private rest(): void {
    clearInterval(this.listening);
    this.listening = undefined;
  }

  private probe(): Promise<void> {
    return this.options.probe(AbortSignal.timeout(PROBE_TIMEOUT_MS));
  }
}
