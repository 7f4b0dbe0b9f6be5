import { z } from 'zod';
import { evaluateJsonata } from '@flowmesh/platform/expressions';
import { rememberShape } from './remember.ts';
import type { ConfigExpression, StepType } from './step-type.ts';

const config = z.strictObject({ expression: z.string(), remember: rememberShape.optional() });

const expressionOf = (value: Readonly<Record<string, unknown>>): ConfigExpression => ({
  path: 'expression',
  language: 'jsonata',
  text: config.parse(value).expression,
});

/** Its result is the value of a JSONata expression. */
export const transformStep: StepType = {
  needsAgent: false,
  config,
  expressions: (value) => [expressionOf(value)],
  async run({ step, execution, values }) {
    const expression = expressionOf(step.config);
    const options = { owner: execution.startedById };
    return { kind: 'completed', result: await evaluateJsonata(expression.text, await values(expression), options) };
  },
};
