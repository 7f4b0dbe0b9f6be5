import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { DEFAULT_LIMITS } from '../gateway-config.ts';
import { createUseLimit } from './variable-uses.ts';

const limits = { ...DEFAULT_LIMITS, variableValues: 100, bodyBytes: 1_000 };

function problem(text: string, variables: Record<string, unknown>) {
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return createUseLimit(limits)(document, operation as OperationDefinitionNode, variables)?.message ?? null;
}

const list = (length: number) => Array.from({ length }, (_, at) => at);
const tooOften = (times: number) => `a: is too large to stand in ${times} places; send less, or ask for less at once`;

test.each([
  ['query($a: J) { f(x: $a) }', list(99), null],
  // Once is bounded elsewhere.
  ['query($a: J) { f(x: $a) }', list(500), null],
  ['query($a: J) { f(x: [$a, $a]) }', list(49), null],
  ['query($a: J) { f(x: [$a, $a]) }', list(50), tooOften(2)],
  ['query($a: J) { f(x: { k: $a }) g(x: $a) }', 'x'.repeat(501), tooOften(2)],
  ['query($a: J) { ...F ...F b: c { ...F } } fragment F on T { f(x: $a) }', list(33), tooOften(3)],
  ['query($a: J) { ...F } fragment F on T { ...G ...G } fragment G on T { f(x: $a) }', list(50), tooOften(2)],
  ['query($a: J) { f @include(if: $a) g @skip(if: $a) }', true, null],
])('%s', (text, a, expected) => {
  expect(problem(text, { a })).toBe(expected);
});

test('fragments that multiply are counted without being written out', () => {
  const chain = list(40).map((n) => `fragment F${n} on T { ...F${n + 1} ...F${n + 1} }`);
  const text = `query($a: J) { ...F0 } ${chain.join(' ')} fragment F40 on T { f(x: $a) }`;
  expect(problem(text, { a: 1 })).toMatch(/^a: is too large to stand in 1,099,511,627,776 places/);
});
