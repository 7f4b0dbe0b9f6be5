import { warnSeldom, type Logger, type WarnSeldom } from '../../logging/index.ts';
import { mustWait, type Standing } from '../policy-store.ts';
import type { CircuitCopy } from './circuit-store.ts';

/** A copy is renewed when it is older and used. */
const FRESH_MS = 2_000;
const MAX_COPIES = 10_000;

interface Held {
  readonly copy: Promise<Known>;
  known: Known | null;
  readAt: number;
}

/** Moments are of `performance.now()`. */
interface Known {
  readonly state: CircuitCopy['state'];
  readonly retryAt: number;
  readonly heldUntil: number;
  readonly stoppedUntil: number;
}

/** Local copies of the circuits, so that calls while a circuit is open need no database statement. */
export class CircuitCopies {
  private readonly held = new Map<string, Held>();
  private readonly warn: WarnSeldom;

  constructor(
    private readonly read: (key: string) => Promise<CircuitCopy>,
    logger: Logger | undefined,
  ) {
    this.warn = warnSeldom(logger, 'the state of a circuit could not be read again');
  }

  /** From memory, but for the first time. */
  async standing(key: string): Promise<Standing> {
    const held = this.held.get(key) ?? this.fetch(key);
    const known = held.known ?? (await held.copy);
    const now = performance.now();
    if (now - held.readAt > FRESH_MS) this.renew(key, held);
    if (known.stoppedUntil > now) return mustWait('CIRCUIT_OPEN', known.stoppedUntil - now);
    if (known.heldUntil > now) return mustWait('RATE_LIMITED', known.heldUntil - now);
    if (known.state === 'CLOSED') return { calls: 'MAY' };
    return known.retryAt > now ? mustWait('CIRCUIT_OPEN', known.retryAt - now) : { calls: 'MAY_PROBE' };
  }

  /** It has changed: the next call reads it. */
  forget(key: string): void {
    this.held.delete(key);
  }

  private fetch(key: string): Held {
    // The oldest go first; they are read again when they are used.
    if (this.held.size >= MAX_COPIES) this.held.delete(this.held.keys().next().value ?? key);
    const held: Held = { copy: this.readNow(key), known: null, readAt: performance.now() };
    this.held.set(key, held);
    held.copy.then(
      (known) => (held.known = known),
      () => this.held.get(key) === held && this.held.delete(key),
    );
    return held;
  }

  private renew(key: string, held: Held): void {
    held.readAt = performance.now();
    this.readNow(key).then(
      (known) => (held.known = known),
      (error: unknown) => this.warn({ err: error, key }),
    );
  }

  private async readNow(key: string): Promise<Known> {
    const { state, retryInMs, heldForMs, stoppedForMs } = await this.read(key);
    const now = performance.now();
    return { state, retryAt: now + retryInMs, heldUntil: now + heldForMs, stoppedUntil: now + stoppedForMs };
  }
}
