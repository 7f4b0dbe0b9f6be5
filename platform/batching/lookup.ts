import { Batcher } from './batcher.ts';

const MAX_BATCH = 100;
/** Connections that it takes at most. */
const CONCURRENCY = 4;

/** Reads of single objects by id. Those that come while others are read share one query; null for what is not there. */
export function batchedLookup<T extends { readonly id: string }>(
  findMany: (ids: readonly string[]) => Promise<readonly T[]>,
): (id: string) => Promise<T | null> {
  const reads = new Batcher<string, T | null>({
    process: async (ids) => {
      const found = new Map((await findMany([...new Set(ids)])).map((each) => [each.id, each]));
      return ids.map((id) => found.get(id) ?? null);
    },
    maxItems: MAX_BATCH,
    concurrency: CONCURRENCY,
  });
  return (id) => reads.add(id);
}
