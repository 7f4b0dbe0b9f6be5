import fc from 'fast-check';
import { parse } from 'graphql';
import { DEFAULT_LIMITS } from '../gateway-config.ts';
import { shapeProblem } from './operation-shape.ts';

const limits = { ...DEFAULT_LIMITS, depth: 3, fields: 12, rootFields: 4, aliases: 3, directives: 3 };
const passed = (text: string) =>
  shapeProblem(parse(text), limits)?.message.replace(/; this one has more\.$/, '') ?? null;
const most = (words: string) => `An operation may have at most ${words}`;

test.each([
  ['ordinary', 'query($a:Boolean!){a{b{c}} d @include(if:$a)}', null],
  ['depth', '{a{b{c{d}}}}', most('3 levels of depth')],
  ['depth through fragments', '{a{...F}} fragment F on T{b{...G}} fragment G on T{c{d}}', most('3 levels of depth')],
  ['aliases', '{a:x b:x c:x} ', null],
  ['aliases of fragments', '{a{...F} b{...F}} fragment F on T{a:x b:x}', most('3 aliases')],
  ['directives', 'query @a{...F @b} fragment F on T{...@c{x @d}}', most('3 directives')],
  ['fields at the root', '{a b ...F} fragment F on Query{c ...{d e}}', most('4 fields at its root')],
  ['equal fields at the root, answered once', '{a a a a a ...F ...F} fragment F on Query{a}', null],
  ['fields', '{a{b c d e f g h i j k l}}', null],
  [
    'fields written out',
    '{a{...F} b{...F}} fragment F on T{a b c d e f}',
    most('12 fields, with each fragment written out where it is spread'),
  ],
  [
    'spreads of nothing',
    `{...F0} fragment F0 on Query{${'...F1 '.repeat(12)}} fragment F1 on Query{a}`,
    most('12 fields, with each fragment written out where it is spread'),
  ],
  ['the second operation', 'query A{a} query B{a{b{c{d}}}}', most('3 levels of depth')],
  ['the schema, which has a price of its own', '{__schema{types{fields{type{ofType{ofType{name}}}}}}}', null],
  ['cycles, which the language refuses', '{...F} fragment F on Query{a{...G}} fragment G on T{...F}', null],
  ['unknown fragments', '{...F}', null],
])('%s', (_what, text, expected) => {
  expect(passed(text)).toBe(expected);
});

/** Each fragment spreads the next `width` times: width ** levels fields. */
const multiplied = (levels: number, width: number) =>
  [
    '{...F0}',
    ...Array.from({ length: levels }, (_, at) => `fragment F${at} on Query{${`...F${at + 1} `.repeat(width)}}`),
    `fragment F${levels} on Query{__typename}`,
  ].join('\n');

test('fragments that multiply are measured once each', () => {
  const document = parse(multiplied(300, 30));
  const begun = performance.now();
  expect(shapeProblem(document, DEFAULT_LIMITS)).not.toBeNull();
  // About 5 ms; written out it would be 30^300 fields.
  expect(performance.now() - begun).toBeLessThan(500);
});

test('fields are counted as if every fragment were written out', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (levels, width) => {
      // Each spread counts besides what it brings.
      const spreads = Array.from({ length: levels + 1 }, (_, level) => width ** level).reduce(
        (sum, each) => sum + each,
      );
      const fields = spreads + width ** levels;
      const document = parse(multiplied(levels, width));
      expect(shapeProblem(document, { ...DEFAULT_LIMITS, fields })).toBeNull();
      expect(shapeProblem(document, { ...DEFAULT_LIMITS, fields: fields - 1 })).not.toBeNull();
    }),
  );
});
