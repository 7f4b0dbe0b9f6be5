import fc from 'fast-check';
import { closeSandbox, runInSandbox } from '../sandbox/index.ts';
import { evaluateCel, evaluateJsonata } from './index.ts';
import { readCel } from './read-cel.mjs';
import { readJsonata } from './read-jsonata.mjs';
import { workOf } from './small-work.ts';

// What is small is evaluated in this thread, everything else in the sandbox: both give the same.

afterAll(closeSandbox);

const outcome = (work: Promise<unknown>) =>
  work.then(
    (value) => ({ value }),
    ({ message }: Error) => ({ message }),
  );

const name = fc.constantFrom('a', 'b', 'c');
const scalar = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ maxLength: 5, unit: 'grapheme' }),
);
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('data'), { maxLength: 3 }),
    fc.record({ a: tie('data'), b: tie('data'), c: tie('data') }, { requiredKeys: [] }),
  ),
}));
const variables = fc.record({ input: data, steps: fc.record({ a: data, b: data }, { requiredKeys: [] }) });
const literal = fc.oneof(
  fc.integer({ min: -9, max: 9 }).map(String),
  fc.string({ maxLength: 4 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('true', 'false', 'null', '1.5'),
);
const path = fc.oneof(
  fc.tuple(fc.constant('input'), name, name).map((names) => names.join('.')),
  fc.tuple(fc.constantFrom('steps.a', 'steps.b', 'input'), name).map((names) => names.join('.')),
);

/** Expressions of both languages, but for their operators and what only one of them has. */
const expressions = (
  operators: readonly string[],
  others: (expression: fc.Arbitrary<string>) => fc.Arbitrary<string>,
) =>
  fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 3 },
      literal,
      path,
      fc
        .tuple(tie('expression'), fc.constantFrom(...operators), tie('expression'))
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([condition, then, otherwise]) => `(${condition} ? ${then} : ${otherwise})`),
      fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.tuple(name, tie('expression')).map(([key, value]) => `{"${key}": ${value}}`),
      others(tie('expression')),
    ),
  })).expression;

const jsonataExpression = expressions(['+', '-', '*', '/', '%', '&', '=', '!=', '<', '>=', 'and', 'or'], (expression) =>
  expression.map((text) => `-${text}`),
);
const celExpression = expressions(['+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||', 'in'], (expression) =>
  fc.oneof(
    expression.map((text) => `size(${text})`),
    expression.map((text) => `string(${text})`),
    expression.map((text) => `(${text}).contains("a")`),
    expression.map((text) => `!(${text})`),
  ),
);

test.each([
  ['jsonata', jsonataExpression, evaluateJsonata, readJsonata],
  ['cel', celExpression, evaluateCel, readCel],
] as const)('%s', async (language, expression, evaluate, read) => {
  let here = 0;
  await fc.assert(
    fc.asyncProperty(expression, variables, async (text, values) => {
      const given = { ...values, context: {} };
      const program = read(text);
      if (!program.problem && program.isLinear && workOf({ ...program, characters: text.length }, given) < Infinity) {
        here += 1;
      }
      const one = await outcome(evaluate(text, given, { timeoutMs: 20_000 }));
      const other = await outcome(runInSandbox({ language, program: text, input: given }, { timeoutMs: 20_000 }));
      expect(one).toEqual(other);
    }),
    { numRuns: 300 },
  );
  expect(here).toBeGreaterThan(30);
});
