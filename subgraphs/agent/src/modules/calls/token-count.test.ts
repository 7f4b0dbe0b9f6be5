import { tokenCount, tokenSum } from './token-count.ts';

test.each([
  [0, 0],
  [1.5, 2],
  [3e9, 2_147_483_647],
  [1e308, 2_147_483_647],
  [Infinity, 2_147_483_647],
  [-1, undefined],
  [NaN, undefined],
  [undefined, undefined],
])('%p is counted as %p', (said, counted) => {
  expect(tokenCount(said)).toBe(counted);
});

test('a sum is at most what can be stored', () => {
  expect(tokenSum([1, 2])).toBe(3);
  expect(tokenSum([2_000_000_000, 2_000_000_000])).toBe(2_147_483_647);
});
