import { z } from 'zod';
import { evaluateJsonata } from '@flowmesh/platform/expressions';
import { rememberShape } from './remember.ts';
import type { Computation, ConfigExpression, StepType } from './step-type.ts';

const config = z.strictObject({ expression: z.string(), remember: rememberShape.optional() });

const expressionOf = (value: Readonly<Record<string, unknown>>): ConfigExpression => ({
  path: 'expression',
  language: 'jsonata',
  text: config.parse(value).expression,
});

async function compute({ step, execution, values }: Computation): Promise<unknown> {
  const expression = expressionOf(step.config);
  return evaluateJsonata(expression.text, await values(expression), { owner: execution.startedById });
}

/** Its result is the value of a JSONata expression. */
export const transformStep: StepType = {
  needsAgent: false,
  config,
  expressions: (value) => [expressionOf(value)],
  compute,
  run: async (run) => ({ kind: 'completed', result: await compute(run) }),
};
