import { LRUCache } from 'lru-cache';
import { createAttempts, type Attempt, type AttemptOptions } from './attempts.ts';
import { CallError, CallRefused, type RefusalReason } from './call-error.ts';
import type { CallPolicy } from './call-policy.ts';
import { PLACE_FREE_IN_MS, Places } from './places.ts';
import type { PolicyStore, Standing } from './policy-store.ts';
import type { SharedStore } from './shared/shared-store.ts';

export interface ProtectedCall<T> extends AttemptOptions {
  /** The dependency: what shares limits and circuit. */
  readonly key: string;
  readonly policy: CallPolicy;
  /** Names the answer, when it may be used again; null when the call must be made. */
  readonly entry: string | null;
  readonly work: Attempt<T>;
}

export interface Answer<T> {
  readonly value: T;
  /** It was kept from an earlier call. */
  readonly cached: boolean;
}

/** A probe holds its right a little longer than its call may take. */
const PROBE_GRACE_MS = 2_000;
/** Maximum hold that a dependency can ask for. */
const MAX_HOLD_MS = 600_000;
const MAX_KEYS = 10_000;

/**
 * Bulkhead → rate limit → cache → circuit breaker → timeout → retry, for each call that leaves the process. Bulkheads are of
 * this process; the store keeps all else.
 */
export class PolicyChain<Store extends PolicyStore = SharedStore> {
  private readonly places = new LRUCache<string, Places>({ max: MAX_KEYS });
  private readonly attempts = new WeakMap<CallPolicy, ReturnType<typeof createAttempts>>();

  constructor(readonly store: Store) {}

  /** Throws `CallRefused` when the call is not made, `CallError` when it failed. */
  async run<T>(call: ProtectedCall<T>): Promise<Answer<T>> {
    const standing = await this.store.standing(call.key);
    // Cached answers are returned even while the circuit is open.
    const mayBeKept = call.entry !== null && call.policy.cacheSeconds > 0;
    if (standing.calls === 'MUST_WAIT' && !mayBeKept) throw new CallRefused(standing.reason, standing.forMs);
    const leave = await this.placesOf(call.key).enter(call.policy, call.signal);
    try {
      return await this.limited(call);
    } finally {
      leave();
    }
  }

  /** Whether a call would be made now; from memory, but for the first time. */
  async standing(key: string): Promise<Standing> {
    return this.store.standing(key);
  }

  /** Calls to a dependency that hold a place in this process. */
  inFlight(key: string): number {
    return this.places.get(key)?.inFlight ?? 0;
  }

  /** Refuses the calls that wait for a place. */
  refuseWaiting(key: string, reason: RefusalReason, forMs = PLACE_FREE_IN_MS): void {
    this.places.get(key)?.refuseWaiting(reason, forMs);
  }

  private async limited<T>(call: ProtectedCall<T>): Promise<Answer<T>> {
    const { key, policy, entry } = call;
    if (policy.rateLimit) {
      const waitMs = await this.store.takeRate(key, policy.rateLimit);
      if (waitMs > 0) throw new CallRefused('RATE_LIMITED', waitMs);
    }
    if (entry === null || policy.cacheSeconds === 0) return { value: await this.guarded(call), cached: false };
    const kept = await this.store.findAnswer(key, entry);
    if (kept) return { value: kept.value as T, cached: true };
    const value = await this.guarded(call);
    await this.store.keepAnswer(key, entry, value, policy.cacheSeconds);
    return { value, cached: false };
  }

  private async guarded<T>(call: ProtectedCall<T>): Promise<T> {
    const standing = await this.store.standing(call.key);
    if (standing.calls === 'MUST_WAIT') throw new CallRefused(standing.reason, standing.forMs);
    return standing.calls === 'MAY' ? this.counted(call) : this.probe(call);
  }

  private async counted<T>(call: ProtectedCall<T>): Promise<T> {
    const { key, policy } = call;
    try {
      const value = await this.attempt(call);
      this.worked(key, policy);
      return value;
    } catch (error) {
      if (saysItWorks(error)) this.worked(key, policy);
      else if (isFault(error)) await this.store.failed(key, policy.circuitBreaker);
      await this.holdFor(key, error);
      throw error;
    }
  }

  private worked(key: string, { circuitBreaker }: CallPolicy): void {
    this.placesOf(key).answered();
    this.store.succeeded(key, circuitBreaker);
  }

  private async probe<T>(call: ProtectedCall<T>): Promise<T> {
    const { key, policy } = call;
    const end = await this.store.claimProbe(key, policy.circuitBreaker, policy.timeoutMs + PROBE_GRACE_MS);
    if (!end) return this.afterLostClaim(call);
    try {
      const value = await this.attempt(call);
      await end(true);
      return value;
    } catch (error) {
      await end(saysItWorks(error) ? true : isFault(error) ? false : null);
      await this.holdFor(key, error);
      throw error;
    }
  }

  /** Another has the probe, or has closed the circuit meanwhile. */
  private async afterLostClaim<T>(call: ProtectedCall<T>): Promise<T> {
    const standing = await this.store.standing(call.key);
    if (standing.calls === 'MAY') return this.counted(call);
    if (standing.calls === 'MUST_WAIT') throw new CallRefused(standing.reason, standing.forMs);
    throw new CallRefused('CIRCUIT_OPEN', PLACE_FREE_IN_MS);
  }

  private attempt<T>(call: ProtectedCall<T>): Promise<T> {
    const { policy, work } = call;
    let attempts = this.attempts.get(policy);
    if (!attempts) this.attempts.set(policy, (attempts = createAttempts(policy)));
    return attempts(work, call);
  }

  /** When a dependency asks not to be called for a while, it is not. */
  private async holdFor(key: string, error: unknown): Promise<void> {
    if (!(error instanceof CallError) || error.retryAfterMs === undefined) return;
    await this.store.hold(key, Math.min(error.retryAfterMs, MAX_HOLD_MS));
  }

  private placesOf(key: string): Places {
    let places = this.places.get(key);
    if (!places) this.places.set(key, (places = new Places()));
    return places;
  }
}

/** The dependency has answered that the call is wrong. */
const saysItWorks = (error: unknown): boolean => error instanceof CallError && !error.fault && !error.retryable;
const isFault = (error: unknown): boolean => error instanceof CallError && error.fault;
