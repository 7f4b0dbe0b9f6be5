import { fused } from './fusion.ts';

const order = (...rankings: string[][]) => fused(rankings).map(({ id }) => id);

test('what stands high in both rankings comes first, and what is in one only has its share', () => {
  expect(order(['a', 'b', 'c'], ['c', 'b'])).toEqual(['b', 'c', 'a'].sort((one, other) => score(other) - score(one)));
  expect(fused([['a'], ['a', 'b']])).toEqual([
    { id: 'a', score: 2 / 61 },
    { id: 'b', score: 1 / 62 },
  ]);
  expect(order([], ['x', 'y'])).toEqual(['x', 'y']);
  expect(order(['a', 'b'], ['b', 'a'])).toEqual(['a', 'b']);
  expect(fused([])).toEqual([]);
});

const score = (id: string) => ({ a: 1 / 61, b: 1 / 62 + 1 / 62, c: 1 / 63 + 1 / 61 })[id] ?? 0;
