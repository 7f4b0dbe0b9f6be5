import { expect, test } from '@jest/globals';
import { leastCpuMs } from '../testing/index.ts';
import { problemsOfValues } from './json-schema-language.mjs';
import { lightWork } from './light-work.ts';

// Whatever is let into this thread is short there: kinds of schemas that cost most, each as large as it is let in, with
// as much data as it is let in with.

/** Processor time of compiling and checking. What is measured is 15 ms at most; the event loop may be held for 100. */
const MAX_MS = 100;
const MOST = 1 << 17;

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

const schemas: Readonly<Record<string, (size: number) => object>> = {
  properties: (size) => ({
    items: { properties: Object.fromEntries(times(size, (n) => [`k${n}`, { type: 'string' }])) },
  }),
  anyOf: (size) => ({ items: { anyOf: times(size, (n) => ({ const: n })) } }),
  allOf: (size) => ({ items: { allOf: times(size, () => ({ minimum: 1e6 })) } }),
  oneOf: (size) => ({ items: { oneOf: times(size, () => ({ type: 'number' })) } }),
  enum: (size) => ({ items: { enum: times(size, (n) => ({ n })) } }),
  uniqueItems: (size) => ({ uniqueItems: true, allOf: times(size, () => ({ uniqueItems: true })) }),
  contains: (size) => ({ allOf: times(size, (n) => ({ contains: { const: `${n}` }, minContains: 2 })) }),
  pattern: (size) => ({ items: { pattern: `^${'(a|b)*'.repeat(size)}c$` } }),
  patternProperties: (size) => ({
    items: { patternProperties: Object.fromEntries(times(size, (n) => [`${n}.*x`, false])) },
  }),
  format: (size) => ({ items: { allOf: times(size, () => ({ format: 'date-time' })) } }),
  multipleOf: (size) => ({ items: { allOf: times(size, () => ({ multipleOf: 0.0001 })) } }),
  recursive: (size) => ({
    $defs: { node: { items: { allOf: times(size, () => ({ $ref: '#/$defs/node' })) } } },
    $ref: '#/$defs/node',
  }),
};

const values: Readonly<Record<string, (size: number) => unknown>> = {
  numbers: (size) => times(size, (n) => n / 3),
  equal: (size) => times(size, () => ({ a: [1, { b: 2 }] })),
  rows: (size) => times(size, (n) => ({ k0: n, k1: `row ${n}`, '1x': null })),
  text: (size) => ['ab'.repeat(size)],
  keys: (size) => [Object.fromEntries(times(size, (n) => [`${n}x`, n]))],
  deep: (size) => times(Math.min(size, 2_000), () => 0).reduce<unknown>((inner) => [inner], 1),
};

/** The largest size up to which all are light; 0 when not even 1 is. */
function largest(isLight: (size: number) => boolean): number {
  if (!isLight(1)) return 0;
  let low = 1;
  while (low < MOST && isLight(low * 2)) low *= 2;
  for (let step = low >> 1; step >= 1 && step > low / 50; step >>= 1) if (isLight(low + step)) low += step;
  return low;
}

const kinds = Object.keys(schemas).flatMap((schema) => Object.keys(values).map((value) => [schema, value] as const));

test.each(kinds)('%s of %s', async (schemaKind, valueKind) => {
  const [makeSchema, makeValue] = [schemas[schemaKind]!, values[valueKind]!];
  const most = largest((size) => lightWork([{ schema: makeSchema(size), value: [] }]) !== null);
  expect(most).toBeGreaterThan(0);
  // Much schema with little data, little schema with much data, and between.
  for (const size of new Set([1, Math.ceil(Math.sqrt(most)), most])) {
    const schema = makeSchema(size);
    const amount = largest((count) => lightWork([{ schema, value: makeValue(count) }]) !== null);
    if (amount === 0) continue;
    const value = makeValue(amount);
    const { maxSize } = lightWork([{ schema, value }])!;
    // Another text each time, so that it is compiled again.
    const check = (run: number) =>
      problemsOfValues([{ text: JSON.stringify({ ...schema, title: `${run}` }), value }], maxSize);
    expect(await leastCpuMs(MAX_MS, check)).toBeLessThan(MAX_MS);
  }
});
