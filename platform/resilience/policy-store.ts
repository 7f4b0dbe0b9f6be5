import type { RefusalReason } from './call-error.ts';
import type { BreakerRules, CallPolicy } from './call-policy.ts';

export type CircuitState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export interface Circuit {
  readonly state: CircuitState;
  /** Since when it is not closed. */
  readonly openedAt: Date | null;
  /** From when on a call is tried; null while it is closed. */
  readonly retryAt: Date | null;
  readonly changedAt: Date | null;
}

export const CLOSED: Circuit = { state: 'CLOSED', openedAt: null, retryAt: null, changedAt: null };

export type Standing =
  | { readonly calls: 'MAY' | 'MAY_PROBE' }
  | { readonly calls: 'MUST_WAIT'; readonly reason: RefusalReason; readonly forMs: number };

export const mustWait = (reason: RefusalReason, forMs: number): Standing => ({ calls: 'MUST_WAIT', reason, forMs });

export type RateLimit = NonNullable<CallPolicy['rateLimit']>;

/** Larger answers are not kept, in bytes of JSON. */
export const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * Ends a probe. True: the dependency works, and the circuit closes. False: it fails, and the circuit stays open for as
 * long as its rules say. Null: nothing was found out, and another probe may be made at once.
 */
export type EndProbe = (worked: boolean | null) => Promise<void>;

type Soon<T> = T | Promise<T>;

/**
 * What a chain remembers between calls: circuits, limits and answers, by key. `SharedStore` keeps it in a domain's database
 * for all its processes, `ProcessStore` in the process, for those without a database and where each must judge for itself.
 */
export interface PolicyStore {
  /** Whether a call may be made now. Asked for each call: must be cheap. */
  standing(key: string): Soon<Standing>;
  succeeded(key: string, rules: BreakerRules): void;
  /** Opens the circuit if its rules are met. */
  failed(key: string, rules: BreakerRules): Soon<void>;
  /** The right to make the one call that is tried; null when another has it, or it is too early. It expires after `forMs`. */
  claimProbe(key: string, rules: BreakerRules, forMs: number): Soon<EndProbe | null>;
  /** No call is made for this long, as the dependency asked. */
  hold(key: string, forMs: number): Soon<void>;
  /** Takes the right to one call: 0, or after how many milliseconds it may be tried again. */
  takeRate(key: string, limit: RateLimit): Soon<number>;
  /** Null when there is no answer that is fresh. */
  findAnswer(key: string, entry: string): Soon<{ readonly value: unknown } | null>;
  keepAnswer(key: string, entry: string, value: unknown, seconds: number): Soon<void>;
}
