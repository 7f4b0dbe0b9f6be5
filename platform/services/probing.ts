/** Calls without an answer, one after the other, that make a service one that does not answer. */
const MISSES = 5;

/** How one call came in: `alone` while the service does not answer. */
export type Entry = 'free' | 'alone';

/**
 * While a service does not answer, one call at a time tries it and the others are told at once: they would only hold
 * what they have (a worker, a client) until their own time is up.
 */
export class Probing {
  private misses = 0;
  private probe = false;

  /** Null: another call is trying it. Whoever is let in must `leave`. */
  enter(): Entry | null {
    if (this.misses < MISSES) return 'free';
    if (this.probe) return null;
    this.probe = true;
    return 'alone';
  }

  /** `unknown`: the caller has gone before it could be told. */
  leave(entry: Entry, outcome: 'answered' | 'missed' | 'unknown'): void {
    if (entry === 'alone') this.probe = false;
    if (outcome === 'answered') this.misses = 0;
    if (outcome === 'missed') this.misses += 1;
  }
}
