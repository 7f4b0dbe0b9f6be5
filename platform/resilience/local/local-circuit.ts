import type { BreakerRules } from '../call-policy.ts';
import { mustWait, type CircuitState, type EndProbe, type Standing } from '../policy-store.ts';
import { verdictOf } from '../verdict.ts';

export interface LocalCircuitOptions {
  /**
   * So many failures in a row open it too, whatever the rate: a dependency that has ended is noticed at once, although the
   * successes of the seconds before outweigh them. By default only the rate does.
   */
  readonly failuresInARow?: number | undefined;
  readonly changed?: ((state: CircuitState) => void) | undefined;
}

interface Second {
  readonly second: number;
  successes: number;
  failures: number;
}

const SELF = 'this process';
/** Someone asks again soon: a probe takes as long as its call. */
const PROBE_ENDS_IN_MS = 1_000;

/** A circuit breaker of one process, for one dependency. */
export class LocalCircuit {
  private state: CircuitState = 'CLOSED';
  private opened: Date | null = null;
  /** Moment of `performance.now()`: the system clock can be set back. */
  private retryAt = 0;
  private probing: symbol | null = null;
  private inARow = 0;
  private seconds: Second[] = [];

  constructor(private readonly options: LocalCircuitOptions) {}

  /** Since when it is not closed. */
  get openSince(): Date | null {
    return this.opened;
  }

  standing(): Standing {
    if (this.state === 'CLOSED') return { calls: 'MAY' };
    if (this.state === 'HALF_OPEN') return mustWait('CIRCUIT_OPEN', PROBE_ENDS_IN_MS);
    const forMs = this.retryAt - performance.now();
    return forMs > 0 ? mustWait('CIRCUIT_OPEN', forMs) : { calls: 'MAY_PROBE' };
  }

  /** Outcomes of calls that had begun before it opened change nothing. */
  succeeded(rules: BreakerRules): void {
    if (this.state !== 'CLOSED') return;
    this.inARow = 0;
    this.now(rules).successes += 1;
  }

  failed(rules: BreakerRules): void {
    if (this.state !== 'CLOSED') return;
    this.inARow += 1;
    this.now(rules).failures += 1;
    if (this.inARow >= (this.options.failuresInARow ?? Infinity) || this.isFailing(rules)) this.open(rules.openSeconds);
  }

  /** The right to make the one call that is tried. */
  claim({ openSeconds }: BreakerRules): EndProbe | null {
    if (this.standing().calls !== 'MAY_PROBE') return null;
    const mine = (this.probing = Symbol('probe'));
    this.become('HALF_OPEN');
    return async (worked) => {
      if (this.probing !== mine) return;
      if (worked) this.close();
      else this.open(worked === null ? 0 : openSeconds);
    };
  }

  open(seconds: number): void {
    this.probing = null;
    this.opened ??= new Date();
    this.retryAt = performance.now() + seconds * 1000;
    this.become('OPEN');
  }

  /** What was seen before does not count any more. */
  close(): void {
    this.probing = this.opened = null;
    this.inARow = 0;
    this.seconds = [];
    this.become('CLOSED');
  }

  private become(state: CircuitState): void {
    if (this.state === state) return;
    this.state = state;
    this.options.changed?.(state);
  }

  private isFailing(rules: BreakerRules): boolean {
    const successes = this.seconds.reduce((sum, each) => sum + each.successes, 0);
    const failures = this.seconds.reduce((sum, each) => sum + each.failures, 0);
    return verdictOf([{ process: SELF, successes, failures }], SELF, rules) === 'OPEN';
  }

  /** Where the outcomes of this second are counted; forgets those behind the window. */
  private now({ windowSeconds }: BreakerRules): Second {
    const second = Math.floor(performance.now() / 1000);
    const last = this.seconds.at(-1);
    if (last?.second === second) return last;
    const next = { second, successes: 0, failures: 0 };
    this.seconds = [...this.seconds.filter((each) => each.second > second - windowSeconds), next];
    return next;
  }
}
