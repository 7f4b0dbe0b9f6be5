import { bulkhead, BulkheadRejectedError, type BulkheadPolicy } from 'cockatiel';
import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { newId } from '../ids/index.ts';
import type { Logger } from '../logging/index.ts';
import { createAttempts, type Attempt } from './attempts.ts';
import { CacheStore } from './cache-store.ts';
import { CallError, CallRefused } from './call-error.ts';
import type { CallPolicy } from './call-policy.ts';
import { CircuitCopies, type Standing } from './circuit-copies.ts';
import { OutcomeBuffer } from './outcome-buffer.ts';
import { CLOSED, PolicyStore, type Circuit, type OnChange } from './policy-store.ts';
import { RateStore } from './rate-store.ts';

export interface ProtectedCall<T> {
  /** The dependency: what shares limits and circuit. */
  readonly key: string;
  readonly policy: CallPolicy;
  /** Names the answer, when it may be used again; null when the call must be made. */
  readonly entry: string | null;
  readonly work: Attempt<T>;
  readonly signal?: AbortSignal | undefined;
  /** Called at the beginning of each attempt. */
  readonly onAttempt?: () => void;
}

export interface Answer<T> {
  readonly value: T;
  /** It was kept from an earlier call. */
  readonly cached: boolean;
}

export interface PolicyChainOptions {
  /** Of the domain; it has the tables `policy_…`. */
  readonly pool: Pool;
  /** Tells processes apart; a new one for each start. */
  readonly process?: string;
  /** By default nobody is told: other processes notice within two seconds of use. */
  readonly changed?: OnChange;
  /** Called after each commit that changed a circuit. */
  readonly committed?: () => void;
  readonly logger?: Logger | undefined;
}

/** A probe holds its right a little longer than its call may take. */
const PROBE_GRACE_MS = 2_000;
/** Maximum hold that a dependency can ask for. */
const MAX_HOLD_MS = 600_000;
const MAX_BULKHEADS = 10_000;
const PLACE_FREE_IN_MS = 1_000;
const ENDED_BY_CALLER = { retryable: true, fault: false };

/**
 * Bulkhead → rate limit → cache → circuit breaker → timeout → retry, for each call to something outside. Bulkheads are
 * of this process; all else is shared by the processes of a domain, through its database.
 */
export class PolicyChain {
  readonly rates: RateStore;
  readonly cache: CacheStore;
  readonly circuits: PolicyStore;
  private readonly process: string;
  private readonly committed: () => void;
  private readonly copies: CircuitCopies;
  private readonly outcomes: OutcomeBuffer;
  private readonly bulkheads = new LRUCache<string, BulkheadPolicy>({ max: MAX_BULKHEADS });

  constructor(private readonly options: PolicyChainOptions) {
    const { pool, logger } = options;
    this.process = options.process ?? newId();
    this.committed = options.committed ?? (() => undefined);
    this.rates = new RateStore(pool);
    this.cache = new CacheStore(pool);
    this.circuits = new PolicyStore(pool, options.changed ?? (async () => undefined));
    this.copies = new CircuitCopies((key) => this.circuits.copyOf(key), logger);
    this.outcomes = new OutcomeBuffer((outcomes) => this.circuits.add(this.process, outcomes), logger);
  }

  /** Throws `CallRefused` when the call is not made, `CallError` when it failed. */
  async run<T>(call: ProtectedCall<T>): Promise<Answer<T>> {
    const standing = await this.copies.standing(call.key);
    // Cached answers are returned even while the circuit is open.
    const mayBeKept = call.entry !== null && call.policy.cacheSeconds > 0;
    if (standing.calls === 'MUST_WAIT' && !mayBeKept) throw new CallRefused(standing.reason, standing.forMs);
    try {
      return await this.inPlace(call, () => this.limited(call));
    } catch (error) {
      throw error instanceof BulkheadRejectedError ? new CallRefused('TOO_MANY_CALLS', PLACE_FREE_IN_MS) : error;
    }
  }

  /**
   * Circuits as they are shown, in the order of the keys: one whose dependency has asked not to be called is open until
   * then.
   */
  async circuitsOf(keys: readonly string[]): Promise<Circuit[]> {
    const [circuits, holds] = await Promise.all([this.circuits.circuits(keys), this.rates.holdsOf(keys)]);
    return keys.map((key) => {
      const circuit = circuits.get(key) ?? CLOSED;
      const heldUntil = holds.get(key);
      return heldUntil && circuit.state === 'CLOSED' ? { ...circuit, state: 'OPEN', retryAt: heldUntil } : circuit;
    });
  }

  /** Whether a call would be made now; from memory, but for the first time. */
  standing(key: string): Promise<Standing> {
    return this.copies.standing(key);
  }

  /** Calls may be made again although the dependency had asked to wait. */
  async release(key: string): Promise<void> {
    await this.rates.release(key);
    this.copies.forget(key);
  }

  /** A circuit was changed, here or in another process. */
  noticed(key: string, state: string): void {
    if (state === 'CLOSED') this.copies.reset(key);
    else this.copies.forget(key);
  }

  /** Closes a circuit and forgets what was seen; false when there was nothing to forget. */
  async reset(key: string): Promise<boolean> {
    this.outcomes.take(key);
    const changed = await this.circuits.reset(key);
    this.copies.reset(key);
    this.committed();
    return changed;
  }

  /** Stores what was not stored yet. */
  stop(): Promise<void> {
    return this.outcomes.flush();
  }

  private async limited<T>(call: ProtectedCall<T>): Promise<Answer<T>> {
    const { key, policy, entry } = call;
    if (policy.rateLimit) {
      const waitMs = await this.rates.take(key, policy.rateLimit);
      if (waitMs > 0) throw new CallRefused('RATE_LIMITED', waitMs);
    }
    if (entry === null || policy.cacheSeconds === 0) return { value: await this.guarded(call), cached: false };
    const kept = await this.cache.find(key, entry);
    if (kept) return { value: kept.value as T, cached: true };
    const value = await this.guarded(call);
    await this.cache.keep(key, entry, value, policy.cacheSeconds);
    return { value, cached: false };
  }

  private async guarded<T>(call: ProtectedCall<T>): Promise<T> {
    const standing = await this.copies.standing(call.key);
    if (standing.calls === 'MUST_WAIT') throw new CallRefused(standing.reason, standing.forMs);
    return standing.calls === 'MAY' ? this.counted(call) : this.probe(call);
  }

  private async counted<T>(call: ProtectedCall<T>): Promise<T> {
    const { key, policy } = call;
    try {
      const value = await this.attempts(call);
      this.outcomes.succeeded(key);
      return value;
    } catch (error) {
      await this.learn(key, policy, error);
      throw error;
    }
  }

  /** Records a failure for the circuit; the caller gets the failure even if it cannot be recorded. */
  private async learn(key: string, policy: CallPolicy, error: unknown): Promise<void> {
    try {
      if (saysItWorks(error)) this.outcomes.succeeded(key);
      else if (error instanceof CallError && error.fault) await this.fault(key, policy);
      await this.holdFor(key, error);
    } catch (broken) {
      this.options.logger?.warn({ err: broken, key }, 'a failed call could not be counted');
    }
  }

  private async fault(key: string, { circuitBreaker: rules }: CallPolicy): Promise<void> {
    const seen = { key, successes: this.outcomes.take(key), failures: 1 };
    const verdict = await this.circuits.recordFault(this.process, seen, rules);
    if (verdict === 'CLOSED') return;
    if (verdict === 'ALONE') this.copies.leaveAlone(key, rules.openSeconds * 1000);
    this.copies.forget(key);
    this.committed();
  }

  private async probe<T>(call: ProtectedCall<T>): Promise<T> {
    const { key, policy } = call;
    const token = newId();
    const claimed = await this.circuits.claimProbe(key, token, policy.timeoutMs + PROBE_GRACE_MS);
    this.copies.forget(key);
    if (!claimed) return this.afterLostClaim(call);
    this.committed();
    const end = async (succeeded: boolean | null) => {
      await this.circuits.endProbe(key, token, succeeded, policy.circuitBreaker.openSeconds);
      this.copies.forget(key);
      this.committed();
    };
    try {
      const value = await this.attempts(call);
      await end(true);
      return value;
    } catch (error) {
      await end(saysItWorks(error) ? true : error instanceof CallError && error.fault ? false : null);
      await this.holdFor(key, error);
      throw error;
    }
  }

  /** Another process has the probe, or has closed the circuit meanwhile. */
  private async afterLostClaim<T>(call: ProtectedCall<T>): Promise<T> {
    const standing = await this.copies.standing(call.key);
    if (standing.calls === 'MAY') return this.counted(call);
    if (standing.calls === 'MUST_WAIT') throw new CallRefused(standing.reason, standing.forMs);
    throw new CallRefused('CIRCUIT_OPEN', PLACE_FREE_IN_MS);
  }

  private attempts<T>({ policy, work, signal, onAttempt }: ProtectedCall<T>): Promise<T> {
    return createAttempts(policy)(work, signal, () => onAttempt?.());
  }

  /** When a dependency asks not to be called for a while, no process calls it. */
  private async holdFor(key: string, error: unknown): Promise<void> {
    if (!(error instanceof CallError) || error.retryAfterMs === undefined) return;
    await this.rates.hold(key, Math.min(error.retryAfterMs, MAX_HOLD_MS));
    this.copies.forget(key);
  }

  /**
   * Waits for a place, but not longer than the policy says. Whoever has left begins nothing when the turn comes; the
   * bulkhead is not told, because it would then not turn to the next one.
   */
  private async inPlace<T>(call: ProtectedCall<T>, work: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const { policy, signal } = call;
    let left = false;
    let timer: NodeJS.Timeout | undefined;
    const waitedLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        left = true;
        reject(new CallRefused('TOO_MANY_CALLS', PLACE_FREE_IN_MS));
      }, policy.maxWaitMs ?? policy.timeoutMs);
    });
    const begin = async () => {
      clearTimeout(timer);
      if (left || signal?.aborted) throw new CallError('ABORTED', 'Nobody waits for it.', ENDED_BY_CALLER);
      return work();
    };
    try {
      return await Promise.race([this.bulkheadOf(call).execute(begin), waitedLong]);
    } finally {
      clearTimeout(timer);
    }
  }

  private bulkheadOf({ key, policy: { maxConcurrency, maxWaiting } }: ProtectedCall<unknown>): BulkheadPolicy {
    // Calls under way hold the bulkhead of the settings they began with.
    const name = `${key} ${maxConcurrency} ${maxWaiting}`;
    const known = this.bulkheads.get(name) ?? bulkhead(maxConcurrency, maxWaiting);
    this.bulkheads.set(name, known);
    return known;
  }
}

/** The dependency has answered that the call is wrong. */
const saysItWorks = (error: unknown): boolean => error instanceof CallError && !error.fault && !error.retryable;
