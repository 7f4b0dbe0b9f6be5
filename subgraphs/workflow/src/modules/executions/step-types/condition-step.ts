import { z } from 'zod';
import { evaluateCel, ExpressionError } from '@flowmesh/platform/expressions';
import type { Computation, ConfigExpression, StepType } from './step-type.ts';

const config = z.strictObject({ expression: z.string() });

const expressionOf = (value: Readonly<Record<string, unknown>>): ConfigExpression => ({
  path: 'expression',
  language: 'cel',
  text: config.parse(value).expression,
  boolean: true,
});

async function compute({ step, execution, values }: Computation): Promise<boolean> {
  const expression = expressionOf(step.config);
  const result = await evaluateCel(expression.text, await values(expression), { owner: execution.startedById });
  if (typeof result !== 'boolean') throw new ExpressionError('EVALUATION', 'the result is neither true nor false');
  return result;
}

/** Its result is true or false; the conditions of later steps choose by it. */
export const conditionStep: StepType = {
  needsAgent: false,
  config,
  expressions: (value) => [expressionOf(value)],
  compute,
  run: async (run) => ({ kind: 'completed', result: await compute(run) }),
};
