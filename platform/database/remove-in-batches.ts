import { setTimeout as delay } from 'node:timers/promises';

export interface BatchesOptions {
  /** Removes at most this many rows in its own transaction, and returns how many were removed. */
  readonly remove: (limit: number) => Promise<number>;
  /** Rows of a batch. Default 1,000. */
  readonly size?: number;
  /** Ends after the batch that is running. */
  readonly signal?: AbortSignal | undefined;
}

const SIZE = 1_000;
/** Pause between two batches, so that other work gets disk time. */
const PAUSE_MS = 5;

/** Removes batches until there is nothing left to remove; returns the total number of rows. */
export async function removeInBatches({ remove, size = SIZE, signal }: BatchesOptions): Promise<number> {
  let removed = 0;
  while (!signal?.aborted) {
    const count = await remove(size);
    removed += count;
    if (count < size) break;
    await delay(PAUSE_MS);
  }
  return removed;
}
