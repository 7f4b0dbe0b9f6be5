import { removeInBatches } from './remove-in-batches.ts';

/** A table with so many rows. */
function table(rows: number) {
  const batches: number[] = [];
  const remove = (limit: number) => {
    const count = Math.min(limit, rows);
    rows -= count;
    batches.push(count);
    return Promise.resolve(count);
  };
  return { remove, batches };
}

it('goes on until nothing is left', async () => {
  const { remove, batches } = table(2_345);
  expect(await removeInBatches({ remove, size: 10 })).toBe(2_345);
  expect(batches).toHaveLength(235);
  expect(Math.max(...batches)).toBe(10);
});

it('looks once more when the last batch was full', async () => {
  const { remove, batches } = table(20);
  expect(await removeInBatches({ remove, size: 10 })).toBe(20);
  expect(batches).toEqual([10, 10, 0]);
});

it('ends after the batch in which it is told to', async () => {
  const { remove, batches } = table(100);
  const stopping = new AbortController();
  const work = removeInBatches({
    size: 10,
    signal: stopping.signal,
    remove: (limit) => {
      if (batches.length === 2) stopping.abort();
      return remove(limit);
    },
  });
  expect(await work).toBe(30);
});
