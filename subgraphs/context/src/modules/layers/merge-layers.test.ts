import fc from 'fast-check';
import type { JsonObject } from '../contexts/context-record.ts';
import type { ArrayMerge } from './layer-record.ts';
import { mergeLayers, mergePatch } from './merge-layers.ts';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** MergePatch of RFC 7396, section 2, as it stands there, with lists that are appended. */
function byTheBook(target: unknown, patch: unknown, arrays: ArrayMerge): unknown {
  if (!isObject(patch)) {
    const appends = arrays === 'APPEND' && Array.isArray(patch) && Array.isArray(target);
    return appends ? [...(target as unknown[]), ...(patch as unknown[])] : patch;
  }
  const result = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, byTheBook(result.get(name), value, arrays));
  }
  return Object.fromEntries(result);
}

const key = fc.constantFrom('a', 'b', 'c', 'constructor', '');
const value = fc.letrec<{ value: unknown; object: JsonObject }>((tie) => ({
  value: fc.oneof(fc.constantFrom(null, 1, 'x', true), fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));
const layer = fc.record({ arrays: fc.constantFrom<ArrayMerge>('REPLACE', 'APPEND'), data: value.object });

test('layers are merged as RFC 7396 says, keys in its order, and stay as they are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(layer, { maxLength: 6 }), async (layers) => {
      const before = JSON.stringify(layers);
      const expected = layers.reduce<unknown>((below, { data, arrays }) => byTheBook(below, data, arrays), {});
      expect(JSON.stringify(await mergeLayers(layers))).toBe(JSON.stringify(expected));
      expect(JSON.stringify(layers)).toBe(before);
    }),
    { numRuns: 500 },
  );
});

test('patches are merged as RFC 7396 says', async () => {
  await fc.assert(
    fc.asyncProperty(value.object, value.object, async (data, patch) => {
      expect(JSON.stringify(await mergePatch(data, patch))).toBe(JSON.stringify(byTheBook(data, patch, 'REPLACE')));
    }),
    { numRuns: 500 },
  );
});

test('much lets others have their turn', async () => {
  const layers = Array.from({ length: 10 }, (_, layer) => ({
    arrays: 'REPLACE' as const,
    data: Object.fromEntries(Array.from({ length: 20_000 }, (_each, n) => [`k${layer}_${n}`, { n }])),
  }));
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const merged = await mergeLayers(layers);
  clearInterval(timer);
  expect(Object.keys(merged)).toHaveLength(200_000);
  expect(turns).toBeGreaterThan(2);
});
