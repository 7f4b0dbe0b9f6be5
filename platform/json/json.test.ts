import fc from 'fast-check';
import { leastCpuMs } from '../testing/index.ts';
import { isKeptExactly, readJson, type JsonTextLimits } from './index.ts';

const value = (text: string | Buffer, limits?: JsonTextLimits) => {
  const read = readJson(text, limits);
  return read.ok ? read.value : read.problem;
};
const wide: JsonTextLimits = { maxDepth: 5_000, maxValues: 10_000_000 };

test('reads what JSON.parse reads, and nothing else', () => {
  // Texts that are nearly JSON: whole ones with characters taken out, put in, or cut off.
  const text = fc
    .tuple(
      fc.json({ maxDepth: 6 }),
      fc.nat(),
      fc.constantFrom('', '[', '"', '\\', ',', '}', '-', '1', 'e', ' ', '\u0000', '\ufeff', 'é'),
    )
    .chain(([json, at, put]) => {
      const place = at % (json.length + 1);
      return fc.constantFrom(json, json.slice(0, place) + put + json.slice(place), json.slice(0, place) + put);
    });
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (given) => {
      const parsed = (() => {
        try {
          return { value: JSON.parse(given) as unknown };
        } catch {
          return null;
        }
      })();
      const read = readJson(given, wide);
      if (parsed === null) expect(read).toMatchObject({ ok: false, problem: { code: 'SYNTAX' } });
      else if (read.ok) expect(read.value).toStrictEqual(parsed.value);
      else expect(read.problem.code).toBe('NUMBER');
      // Bytes hold no half of a surrogate pair, which a text can.
      if (!/\p{Surrogate}/u.test(given)) expect(readJson(Buffer.from(given), wide)).toStrictEqual(read);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ['keys that are equal: the last one', '{"a":1,"a":2}', { a: 2 }],
  ['half of a surrogate pair', '"\\ud83d"', '\ud83d'],
  ['escapes', '"\\"\\\\[{,:\\u0022"', '"\\[{,:"'],
  ['a decimal with more digits than it keeps', '0.12345678901234567890123', 0.12345678901234568],
  ['the smallest numbers', '[5e-324,-0]', [5e-324, -0]],
])('keeps %s', (_what, text, expected) => expect(value(text)).toStrictEqual(expected));

test('__proto__ is a key like others, and nobody’s prototype', () => {
  const read = value('{"__proto__":{"a":1}}') as object;
  expect(Object.keys(read)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
});

test.each([
  ['', 'is not valid JSON: Unexpected end of JSON input'],
  ['\ufeff{}', /^is not valid JSON: Unexpected token/],
  ['[1', /^is not valid JSON: /],
  [Buffer.from([0x22, 0xc3, 0x22]), 'is not valid UTF-8'],
])('says what is wrong with %j', (text, message) => {
  const read = readJson(text);
  expect(read.ok ? {} : read.problem).toMatchObject({
    code: 'SYNTAX',
    message: expect.stringMatching(message) as string,
  });
});

test('counts depth and values exactly, as the built value has them', () => {
  const measure = (given: unknown): { depth: number; values: number } => {
    if (given === null || typeof given !== 'object') return { depth: 0, values: 1 };
    const inner = Object.values(given).map(measure);
    const sum = inner.reduce((total, { values }) => total + values, 1);
    return { depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)), values: sum };
  };
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      const { depth, values } = measure(JSON.parse(text));
      expect(readJson(text, { maxDepth: depth, maxValues: values })).toMatchObject({ ok: true });
      if (depth > 0) {
        expect(value(text, { maxDepth: depth - 1, maxValues: values })).toEqual({
          code: 'DEPTH',
          message: `is nested more than ${depth - 1} deep`,
        });
      }
      expect(value(text, { maxDepth: depth, maxValues: values - 1 })).toMatchObject({ code: 'VALUES' });
    }),
  );
});

test('a number that would become another is refused with its place', () => {
  expect(value('{"variables":{"input":{"foo":[1,{"b\\"[,":3544790567247868102}]}}}')).toEqual({
    code: 'NUMBER',
    path: ['variables', 'input', 'foo', 1, 'b"[,'],
    message: 'variables.input.foo[1].b"[,: the number 3544790567247868102 cannot be kept exactly; send it as a string',
  });
  expect(value('1e400')).toEqual({
    code: 'NUMBER',
    path: [],
    message: 'the number 1e400 cannot be kept exactly; send it as a string',
  });
  expect(value('[[],{"a":0},-9007199254740993]')).toMatchObject({ code: 'NUMBER', path: [2] });
});

test('whole numbers are kept or refused, never changed', () => {
  const digits = fc.bigInt({ min: -(2n ** 69n), max: 2n ** 69n }).map(String);
  fc.assert(fc.property(digits, (text) => expect(isKeptExactly(text)).toBe(String(Number(text)) === text)));
  // Whatever a JavaScript client may have written.
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(fc.property(number, (given) => isKeptExactly(JSON.stringify(given))));
});

test.each([
  ['9007199254740991', true],
  ['9007199254740992', true],
  ['9007199254740993', false],
  ['-9007199254740993', false],
  ['1152921504606847000', true],
  ['1152921504606846976', false],
  ['1' + '0'.repeat(22), true],
  ['1' + '0'.repeat(400), false],
  ['1.5e308', true],
  ['9007199254740993.0', false],
  ['9007199254740992.00', true],
  ['9.007199254740993e15', false],
  ['90071992547409930e-1', false],
  ['1e22', true],
  ['1e-400', false],
  ['-0.0e5', true],
  ['0e999', true],
  [`1${'0'.repeat(100_000)}1e-100001`, true],
  ['0.1000000000000000055511151231257827', true],
  ['-1e309', false],
  ['3544790567247868102.0', false],
])('%s is kept: %s', (text, kept) => expect(isKeptExactly(text)).toBe(kept));

test('whatever a megabyte holds, it is read or refused quickly', async () => {
  const texts = {
    deep: '['.repeat(1_000_000),
    deepObjects: '{"a":'.repeat(200_000),
    wide: `[${'1,'.repeat(500_000)}1]`,
    wideWithinLimits: `[${'1,'.repeat(199_000)}1]${' '.repeat(600_000)}`,
    empty: `[${'{},'.repeat(199_000)}{}]`,
    escapes: `"${'\\"'.repeat(500_000)}"`,
    digits: '1'.repeat(1_000_000),
    exponents: `[${'1e999,'.repeat(160_000)}1]`,
    keys: `{${Array.from({ length: 90_000 }, (_, at) => `"k${at}":1`).join()}}`,
    quotes: '"'.repeat(1_000_000),
    letters: 'a'.repeat(1_000_000),
    signs: '-'.repeat(1_000_000),
  };
  const slow: string[] = [];
  for (const [name, text] of Object.entries(texts)) {
    const bytes = Buffer.from(text);
    // Measured: 45 ms for the keys, most of it JSON.parse; 3 to 15 ms for others.
    if ((await leastCpuMs(250, () => readJson(bytes))) > 250) slow.push(name);
  }
  expect(slow).toEqual([]);
});
