import type { Pool } from 'pg';
import { newId } from '../../ids/index.ts';
import { warnSeldom, type Logger, type WarnSeldom } from '../../logging/index.ts';
import type { BreakerRules } from '../call-policy.ts';
import {
  CLOSED,
  type Circuit,
  type EndProbe,
  type PolicyStore,
  type RateLimit,
  type Standing,
} from '../policy-store.ts';
import { CacheStore } from './cache-store.ts';
import { CircuitCopies } from './circuit-copies.ts';
import { CircuitStore, type OnChange } from './circuit-store.ts';
import { OutcomeBuffer } from './outcome-buffer.ts';
import { RateStore } from './rate-store.ts';

export interface SharedStoreOptions {
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

/** Circuits, limits and answers that all processes of a domain share, in its database. */
export class SharedStore implements PolicyStore {
  readonly rates: RateStore;
  readonly cache: CacheStore;
  readonly circuits: CircuitStore;
  private readonly process: string;
  private readonly committed: () => void;
  private readonly copies: CircuitCopies;
  private readonly outcomes: OutcomeBuffer;
  private readonly warn: WarnSeldom;
  private readonly warnOfCache: WarnSeldom;

  constructor({ pool, logger, process, changed, committed }: SharedStoreOptions) {
    this.process = process ?? newId();
    this.committed = committed ?? (() => undefined);
    this.warn = warnSeldom(logger, 'a failed call could not be counted');
    this.warnOfCache = warnSeldom(logger, 'an answer could not be kept for later calls');
    this.rates = new RateStore(pool);
    this.cache = new CacheStore(pool);
    this.circuits = new CircuitStore(pool, changed ?? (async () => undefined));
    this.copies = new CircuitCopies((key) => this.circuits.copyOf(this.process, key), logger);
    this.outcomes = new OutcomeBuffer((outcomes) => this.circuits.add(this.process, outcomes), logger);
  }

  standing(key: string): Promise<Standing> {
    return this.copies.standing(key);
  }

  succeeded(key: string): void {
    this.outcomes.succeeded(key);
  }

  /** The caller gets the failure even if it cannot be recorded. */
  async failed(key: string, rules: BreakerRules): Promise<void> {
    try {
      const seen = { key, successes: this.outcomes.take(key), failures: 1 };
      const verdict = await this.circuits.recordFault(this.process, seen, rules);
      if (verdict === 'CLOSED') return;
      this.copies.forget(key);
      this.committed();
    } catch (error) {
      this.warn({ err: error, key });
    }
  }

  async claimProbe(key: string, { openSeconds }: BreakerRules, forMs: number): Promise<EndProbe | null> {
    const token = newId();
    const claimed = await this.circuits.claimProbe(key, token, forMs);
    this.copies.forget(key);
    if (!claimed) return null;
    this.committed();
    return async (worked) => {
      await this.circuits.endProbe(key, token, worked, openSeconds);
      this.copies.forget(key);
      this.committed();
    };
  }

  async hold(key: string, forMs: number): Promise<void> {
    try {
      await this.rates.hold(key, forMs);
      this.copies.forget(key);
    } catch (error) {
      this.warn({ err: error, key });
    }
  }

  takeRate(key: string, limit: RateLimit): Promise<number> {
    return this.rates.take(key, limit);
  }

  findAnswer(key: string, entry: string) {
    return this.cache.find(key, entry);
  }

  /** The caller gets the answer even if it cannot be kept. */
  async keepAnswer(key: string, entry: string, value: unknown, seconds: number): Promise<void> {
    try {
      await this.cache.keep(key, entry, value, seconds);
    } catch (error) {
      this.warnOfCache({ err: error, key });
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

  /** Calls may be made again although the dependency had asked to wait. */
  async release(key: string): Promise<void> {
    await this.rates.release(key);
    this.copies.forget(key);
  }

  /** A circuit was changed, here or in another process. */
  noticed(key: string): void {
    this.copies.forget(key);
  }

  /** Closes a circuit and forgets what was seen; false when there was nothing to forget. */
  async reset(key: string): Promise<boolean> {
    this.outcomes.take(key);
    const changed = await this.circuits.reset(key);
    this.copies.forget(key);
    this.committed();
    return changed;
  }

  /** Stores what was not stored yet. */
  stop(): Promise<void> {
    return this.outcomes.flush();
  }
}
