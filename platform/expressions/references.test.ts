import fc from 'fast-check';
import { closeSandbox } from '../sandbox/index.ts';
import { celExpression, jsonataExpression, variables } from './fixtures/random-expressions.ts';
import { checkCel, checkJsonata, evaluateCel, evaluateJsonata, type Reference } from './index.ts';

// What an expression reads is known before it is evaluated: it gives the same when it is given nothing but that.

afterAll(closeSandbox);

type Variables = { readonly input: unknown; readonly steps: Readonly<Record<string, unknown>> };

/** Only the steps that are named, and the input when it is. */
function onlyWhatIsRead({ input, steps }: Variables, references: readonly Reference[]): Variables {
  const reads = (root: string, name?: string) =>
    references.some(({ path }) => path[0] === root && (path[1] ?? name) === name);
  return {
    input: references.some(({ path }) => path[0] === 'input') ? input : 'something else',
    steps: Object.fromEntries(Object.entries(steps).filter(([name]) => reads('steps', name))),
  };
}

const outcome = (work: Promise<unknown>) =>
  work.then(
    (value) => ({ value }),
    ({ message }: Error) => ({ message }),
  );

test.each([
  ['CEL', celExpression, checkCel, evaluateCel],
  ['JSONata', jsonataExpression, checkJsonata, evaluateJsonata],
] as const)('%s', async (_language, expression, check, evaluate) => {
  await fc.assert(
    fc.asyncProperty(expression, variables, async (text, values) => {
      const { problem, references } = await check(text);
      const known = new Set(references.map(({ path }) => path[0]));
      expect([...known].filter((root) => root !== 'input' && root !== 'steps')).toEqual([]);
      if (problem) return;
      const [one, other] = await Promise.all([
        outcome(evaluate(text, values)),
        outcome(evaluate(text, onlyWhatIsRead(values, references))),
      ]);
      expect(other).toEqual(one);
    }),
    { numRuns: 300 },
  );
});
