import { LRUCache } from 'lru-cache';
import type { BreakerRules } from '../call-policy.ts';
import {
  MAX_ANSWER_BYTES,
  mustWait,
  type CircuitState,
  type EndProbe,
  type PolicyStore,
  type RateLimit,
  type Standing,
} from '../policy-store.ts';
import { LocalCircuit } from './local-circuit.ts';

export interface ProcessStoreOptions {
  /** See `LocalCircuit`. */
  readonly failuresInARow?: number;
  readonly changed?: (key: string, state: CircuitState) => void;
}

const MAX_KEYS = 10_000;
const MAX_ANSWERS_BYTES = 16 * 1024 * 1024;

/** Moments are of `performance.now()`. */
interface Rate {
  takenUntil: number;
  heldUntil: number;
}

/**
 * Circuits, limits and answers of one process: for those without a database, and where each process must judge for itself,
 * because each has its own connection.
 */
export class ProcessStore implements PolicyStore {
  private readonly circuits = new LRUCache<string, LocalCircuit>({ max: MAX_KEYS });
  private readonly rates = new LRUCache<string, Rate>({ max: MAX_KEYS });
  /** As JSON, so that nobody changes what another gets. */
  private readonly answers = new LRUCache<string, string>({
    maxSize: MAX_ANSWERS_BYTES,
    maxEntrySize: MAX_ANSWER_BYTES,
    sizeCalculation: (json) => Buffer.byteLength(json),
  });

  constructor(private readonly options: ProcessStoreOptions = {}) {}

  circuit(key: string): LocalCircuit {
    let circuit = this.circuits.get(key);
    if (!circuit) {
      const { failuresInARow, changed } = this.options;
      circuit = new LocalCircuit({ failuresInARow, changed: (state) => changed?.(key, state) });
      this.circuits.set(key, circuit);
    }
    return circuit;
  }

  standing(key: string): Standing {
    const heldMs = (this.rates.get(key)?.heldUntil ?? 0) - performance.now();
    return heldMs > 0 ? mustWait('RATE_LIMITED', heldMs) : this.circuit(key).standing();
  }

  succeeded(key: string, rules: BreakerRules): void {
    this.circuit(key).succeeded(rules);
  }

  failed(key: string, rules: BreakerRules): void {
    this.circuit(key).failed(rules);
  }

  claimProbe(key: string, rules: BreakerRules): EndProbe | null {
    return this.circuit(key).claim(rules);
  }

  hold(key: string, forMs: number): void {
    const rate = this.rate(key);
    rate.heldUntil = Math.max(rate.heldUntil, performance.now() + forMs);
  }

  /** The generic cell rate algorithm, as in `RateStore`. */
  takeRate(key: string, { calls, perSeconds }: RateLimit): number {
    const now = performance.now();
    const rate = this.rate(key);
    const takenUntil = Math.max(rate.takenUntil, now) + (perSeconds * 1000) / calls;
    const waitMs = Math.max(takenUntil - perSeconds * 1000, rate.heldUntil) - now;
    if (waitMs > 0) return waitMs;
    rate.takenUntil = takenUntil;
    return 0;
  }

  findAnswer(key: string, entry: string): { readonly value: unknown } | null {
    const json = this.answers.get(JSON.stringify([key, entry]));
    return json === undefined ? null : { value: JSON.parse(json) };
  }

  keepAnswer(key: string, entry: string, value: unknown, seconds: number): void {
    this.answers.set(JSON.stringify([key, entry]), JSON.stringify(value ?? null), { ttl: seconds * 1000 });
  }

  private rate(key: string): Rate {
    let rate = this.rates.get(key);
    if (!rate) this.rates.set(key, (rate = { takenUntil: 0, heldUntil: 0 }));
    return rate;
  }
}
