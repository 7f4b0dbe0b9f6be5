import { setTimeout as delay } from 'node:timers/promises';

export interface BatchesOptions {
  /** Removes at most so many rows, in a transaction of its own, and gives how many went. */
  readonly remove: (limit: number) => Promise<number>;
  /** Rows of a batch. Default 1,000. */
  readonly size?: number;
  /** Ends after the batch that is running. */
  readonly signal?: AbortSignal | undefined;
}

const SIZE = 1_000;
/** Between two batches, so that others get the disk too. */
const PAUSE_MS = 5;

/** Removes until nothing is left to remove, however much that is; gives how many rows went. */
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
