import fc from 'fast-check';
import { parse } from 'graphql';
import { DEFAULT_LIMITS } from '../gateway-config.ts';
import { shapeProblem } from './operation-shape.ts';

const limits = { ...DEFAULT_LIMITS, depth: 3, fields: 12, rootFields: 4, aliases: 3, directives: 3 };
const repeated = (times: number, write: (at: number) => string) =>
  Array.from({ length: times }, (_, at) => write(at)).join(' ');
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
  ['cycles', '{...F} fragment F on Query{a{...G}} fragment G on T{...F}', 'Cannot spread fragment "F" within itself.'],
  ['unknown fragments', '{...F}', null],
  ['an unused cycle', '{a} fragment F on T{...F}', null],
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

test.each([
  [
    'a hundred fragments of the same field',
    `{me{${repeated(100, (at) => `...F${at}`)}}} ${repeated(100, (at) => `fragment F${at} on User{id name}`)}`,
    false,
  ],
  ['equal objects', `{me{${repeated(400, () => 'a{b}')}}}`, true],
  ['equal objects of objects', `{me{${repeated(20, () => `a{${repeated(20, () => 'b{c}')}}`)}}}`, true],
  ['one each', `{me{${repeated(1_000, (at) => `a${at}`)}}}`, false],
])('fields that would be compared too often: %s', (_what, text, refused) => {
  expect(shapeProblem(parse(text), DEFAULT_LIMITS)?.message.includes('same name in the same place') ?? false).toBe(
    refused,
  );
});

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
