import { z } from 'zod';
import { evaluateCel, ExpressionError } from '@flowmesh/platform/expressions';
import type { ConfigExpression, StepType } from './step-type.ts';

const config = z.strictObject({ expression: z.string() });

const expressionOf = (value: Readonly<Record<string, unknown>>): ConfigExpression => ({
  path: 'expression',
  language: 'cel',
  text: config.parse(value).expression,
  boolean: true,
});

/** Its result is true or false; the conditions of later steps choose by it. */
export const conditionStep: StepType = {
  needsAgent: false,
  config,
  expressions: (value) => [expressionOf(value)],
  async run({ step, execution, values }) {
    const expression = expressionOf(step.config);
    const result = await evaluateCel(expression.text, await values(expression), { owner: execution.startedById });
    if (typeof result !== 'boolean') throw new ExpressionError('EVALUATION', 'the result is neither true nor false');
    return { kind: 'completed', result };
  },
};
