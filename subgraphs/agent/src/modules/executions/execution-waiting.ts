import type { ExecutionEnds } from './execution-ends.ts';
import { hasEnded, type ExecutionRecord } from './execution-record.ts';
import type { ExecutionStore } from './execution-store.ts';

/** Should the signal of the end be lost. */
const LOOK_AGAIN_MS = 1_000;

export interface Waiting {
  /** As of `performance.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  /** Called with each state that is not the end. */
  readonly look?: (state: ExecutionRecord) => unknown;
}

/** The execution at its end, or as it is when the time is up or nobody waits any more. */
export async function untilEnd(
  { store, ends }: { readonly store: ExecutionStore; readonly ends: ExecutionEnds },
  begun: ExecutionRecord,
  { deadline, signal, look }: Waiting,
): Promise<ExecutionRecord> {
  const watch = ends.watch(begun.id, signal);
  try {
    for (let state = begun; ;) {
      state = (await store.findMany([begun.id]))[0] ?? state;
      const left = deadline - performance.now();
      if (hasEnded(state.status) || left <= 0 || signal?.aborted) return state;
      look?.(state);
      await watch.next(Math.min(LOOK_AGAIN_MS, left));
    }
  } finally {
    watch.close();
  }
}
