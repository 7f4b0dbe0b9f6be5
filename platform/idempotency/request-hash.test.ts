import fc from 'fast-check';
import { isAnotherRequest, requestHash } from './index.ts';

test('the same request has the same hash, in whatever order its keys are', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
      const turned = Object.fromEntries(Object.entries(fields).reverse());
      expect(requestHash(turned)).toBe(requestHash(fields));
    }),
  );
});

test('a field that is null was left out; within a value null counts, as do types and the order of lists', () => {
  expect(requestHash({ input: 1, metadata: null })).toBe(requestHash({ input: 1, metadata: undefined }));
  const different = [{ a: 1 }, { a: '1' }, { a: [1, 2] }, { a: [2, 1] }, { a: { b: null } }, { a: {} }, { b: 1 }, {}];
  expect(new Set(different.map(requestHash)).size).toBe(different.length);
});

test('what was stored without a hash is taken for the same', () => {
  expect([isAnotherRequest(null, 'a'), isAnotherRequest('a', 'a'), isAnotherRequest('a', 'b')]).toEqual([
    false,
    false,
    true,
  ]);
});
