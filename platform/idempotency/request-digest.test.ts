import fc from 'fast-check';
import { isAnotherRequest, requestDigest } from './index.ts';

test('the same request has the same digest, in whatever order its keys are', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
      const turned = Object.fromEntries(Object.entries(fields).reverse());
      expect(requestDigest(turned)).toBe(requestDigest(fields));
    }),
  );
});

test('a field that is null was left out; within a value null counts, as do types and the order of lists', () => {
  expect(requestDigest({ input: 1, metadata: null })).toBe(requestDigest({ input: 1, metadata: undefined }));
  const different = [{ a: 1 }, { a: '1' }, { a: [1, 2] }, { a: [2, 1] }, { a: { b: null } }, { a: {} }, { b: 1 }, {}];
  expect(new Set(different.map(requestDigest)).size).toBe(different.length);
});

test('what was stored without a digest is taken for the same', () => {
  expect([isAnotherRequest(null, 'a'), isAnotherRequest('a', 'a'), isAnotherRequest('a', 'b')]).toEqual([
    false,
    false,
    true,
  ]);
});
