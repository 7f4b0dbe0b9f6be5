import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Fields, about, that one request executes in one turn of the event loop. Executing 5,000 of graphql-js takes 5 to 15 ms;
 * an answer below that is made in one turn, as if there were no turns.
 */
const FIELDS_PER_TURN = 5_000;

interface Waiting {
  readonly weight: number;
  readonly go: () => void;
}

/**
 * The turns of one request: work is taken in portions, and between two of them everybody else has theirs. Guarantees
 * that no more than `perTurn` of what is taken is done in one turn of the event loop, unless one portion alone is more.
 */
export class Turns {
  private used = 0;
  private waiting: Waiting[] = [];

  constructor(readonly perTurn = FIELDS_PER_TURN) {}

  /** Null when the work may be done now; else resolves when it may, in the order of asking. */
  take(weight: number): Promise<void> | null {
    if (this.waiting.length === 0 && this.fits(weight)) {
      this.used += weight;
      return null;
    }
    if (this.waiting.length === 0) this.begin();
    return new Promise((go) => this.waiting.push({ weight, go }));
  }

  private fits(weight: number): boolean {
    return this.used === 0 || this.used + weight <= this.perTurn;
  }

  private begin(): void {
    void nextTurn().then(() => {
      this.used = 0;
      let count = 0;
      for (const { weight } of this.waiting) {
        if (!this.fits(weight)) break;
        this.used += weight;
        count += 1;
      }
      for (const { go } of this.waiting.splice(0, count)) go();
      if (this.waiting.length > 0) this.begin();
    });
  }
}

/** Resolves when everybody else has had a turn. */
export const turn = (): Promise<void> => nextTurn();

/** Small work that is done for each of so many takes some milliseconds. */
const ROWS_PER_TURN = 1_000;

/** What `map` makes of each; of many in several turns. For rows of a database and what is as little work. */
export async function mapInTurns<In, Out>(items: readonly In[], map: (item: In) => Out): Promise<Out[]> {
  const mapped: Out[] = [];
  for (const item of items) {
    if (mapped.length > 0 && mapped.length % ROWS_PER_TURN === 0) await turn();
    mapped.push(map(item));
  }
  return mapped;
}

/** Does `work` with each, in the turns of a request; `weight`: of one of them, in fields. */
export async function forEachInTurns<T>(
  items: readonly T[],
  weight: number,
  turns: Turns,
  work: (item: T, index: number) => void,
): Promise<void> {
  for (const [index, item] of items.entries()) {
    const wait = turns.take(weight);
    if (wait) await wait;
    work(item, index);
  }
}
