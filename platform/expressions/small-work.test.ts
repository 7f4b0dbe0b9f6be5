import { readCel } from './read-cel.mjs';
import { readJsonata } from './read-jsonata.mjs';
import { leastCpuMs } from '../testing/index.ts';
import { workOf } from './small-work.ts';

// Whatever is let into this thread is short there: the worst programs known, with as much data as they are let in with.

/** Processor time. What is measured is 12 ms at most; the event loop may be held for 100. */
const MAX_MS = 60;

const MOST_SIZE = 65_536;

const texts = (characters: number) => ({ a: 'x'.repeat(characters), b: 'y'.repeat(characters / 2) });
const lists = (length: number) => ({ a: Array.from({ length }, (_, n) => n), b: Array.from({ length }, () => 'x') });
const rows = (length: number) => ({ a: Array.from({ length }, (_, n) => ({ a: n, b: `row ${n}` })), b: {} });
const deep = (depth: number) => ({ a: Array.from({ length: depth }).reduce((inner) => ({ a: inner }), {}), b: 1 });
const join = (part: string, sign: string, times: number) => Array(times).fill(part).join(sign);

const kinds = { texts, lists, rows, deep };

const CEL = [
  join('input.a', ' + ', 60),
  join('input.a', ' == ', 30),
  `[${join('input.a', ',', 60)}]`,
  `[${join('input.a', ',', 30)}] == [${join('input.a', ',', 30)}]`,
  join('input.a + input.b', ' == ', 20),
  'input.a.lastIndexOf(input.b)',
  'input.a.contains(input.b)',
  'input.a.contains("yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyx")',
  `input.a.lastIndexOf("${'x'.repeat(31)}y")`,
  'size(input.a.lowerAscii().upperAscii().trim())',
  'input.b in input.a',
  `${join('input.b in input.a', ' || ', 20)}`,
  'input == input',
  'duration(input.a)',
  'int(input.a)',
];
const JSONATA = [
  'input.a',
  'input.a.a.b',
  `[${join('input.a', ',', 50)}]`,
  join('input.a', ' & ', 50),
  `${'['.repeat(60)}input.a${']'.repeat(60)}`,
  `{${Array.from({ length: 30 }, (_, n) => `"k${n}": input.a`).join(',')}}`,
  join('input.a', ' = ', 40),
  join('input.a', ' and ', 40),
  `${'{"a":'.repeat(40)}input.a${' & ""}'.repeat(40)}`,
  `${'[input.a & '.repeat(20)}input.a${']'.repeat(20)}`,
];

type Read = (text: string) => ReturnType<typeof readCel> | ReturnType<typeof readJsonata>;

/** The most data of a kind that the program is let in with; 0 for none. */
function most(text: string, read: Read, make: (size: number) => object): number {
  const program = read(text);
  if (program.problem || !program.isLinear) return 0;
  const isLetIn = (size: number) => workOf({ ...program, characters: text.length }, { input: make(size) }) < Infinity;
  if (!isLetIn(1)) return 0;
  let low = 1;
  // What a program does not read may be of any size.
  while (low < MOST_SIZE && isLetIn(low * 2)) low *= 2;
  for (let step = Math.floor(low / 2); step >= 1 && step > low / 50; step = Math.floor(step / 2)) {
    if (isLetIn(low + step)) low += step;
  }
  return low;
}

describe.each([
  ['CEL', CEL, readCel as Read],
  ['JSONata', JSONATA, readJsonata as Read],
] as const)('%s', (_language, programs, read) => {
  test.each(programs)('%s', async (text) => {
    for (const make of Object.values(kinds)) {
      const size = most(text, read, make);
      if (size === 0) continue;
      const program = read(text);
      if (program.problem) throw new Error(program.problem.message);
      const variables = { input: make(size), steps: {}, context: {} };
      const evaluate = () => Promise.resolve(program.evaluate(variables)).catch(() => undefined);
      expect(await leastCpuMs(MAX_MS, evaluate)).toBeLessThan(MAX_MS);
    }
  });
});

test('what grows with each level is not let in', () => {
  expect(readJsonata('{"a": input.a & ""}')).toMatchObject({ isLinear: true });
  expect(readJsonata('{"a": input.a} & ""')).toMatchObject({ isLinear: false });
  expect(readJsonata('$string(input)')).toMatchObject({ isLinear: false });
  expect(readCel('input.a.contains(input.b)')).toMatchObject({ isLinear: false });
});
