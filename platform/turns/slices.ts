import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long the event loop is held before others get a turn. */
const SLICE_MS = 8;
/** Values between two looks at the clock: some hundred microseconds of small work. */
const VALUES_PER_LOOK = 500;

/** The time that is left of a slice of long work. */
export class Slice {
  private begun = performance.now();
  private values = 0;

  /** Whether it is time to let others have a turn; asked once for each value that is worked on, of `weight` values. */
  isOver(weight = 1): boolean {
    this.values += weight;
    if (this.values < VALUES_PER_LOOK) return false;
    this.values = 0;
    return performance.now() - this.begun >= SLICE_MS;
  }

  begin(): void {
    this.begun = performance.now();
  }
}

/** Work that yields where the slice is over: `if (slice.isOver()) yield;`. */
export type Sliced<T> = Generator<void, T, void>;

/**
 * Does work over the values of large data in slices of some milliseconds, between which everybody else has a turn. What
 * takes less than a slice is done in one go.
 */
export async function inSlices<T>(work: (slice: Slice) => Sliced<T>): Promise<T> {
  const slice = new Slice();
  const steps = work(slice);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    await nextTurn();
    slice.begin();
  }
}
