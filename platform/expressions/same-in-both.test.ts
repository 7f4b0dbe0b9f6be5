import fc from 'fast-check';
import { closeSandbox, runInSandbox } from '../sandbox/index.ts';
import { celExpression, jsonataExpression, variables } from './fixtures/random-expressions.ts';
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

test.each([
  ['jsonata', jsonataExpression, evaluateJsonata, readJsonata],
  ['cel', celExpression, evaluateCel, readCel],
] as const)('%s', async (language, expression, evaluate, read) => {
  let here = 0;
  await fc.assert(
    fc.asyncProperty(expression, variables, async (text, values) => {
      // Values come from JSON: none is without a prototype.
      const given = JSON.parse(JSON.stringify({ ...values, context: {} })) as typeof values & { context: object };
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
