import { z } from 'zod';
import { evaluateJsonata, ExpressionError } from '@flowmesh/platform/expressions';
import type { ConfigExpression, StepType } from './step-type.ts';

const MAX_SECONDS = 30 * 86_400;

const config = z
  .strictObject({ seconds: z.number().min(0).max(MAX_SECONDS).optional(), until: z.string().optional() })
  .refine(({ seconds, until }) => (seconds === undefined) !== (until === undefined), {
    message: 'needs either seconds or until',
    path: ['seconds'],
    params: { missing: true },
  });

const expressionOf = (until: string): ConfigExpression => ({ path: 'until', language: 'jsonata', text: until });

/** Waits for a time by the clock of the database; its result is null. A time that has passed is no wait. */
export const delayStep: StepType = {
  needsAgent: false,
  config,
  expressions(value) {
    const { until } = config.parse(value);
    return until === undefined ? [] : [expressionOf(until)];
  },
  async run({ step, execution, values }) {
    const { seconds, until } = config.parse(step.config);
    if (until === undefined) return { kind: 'time', until: { seconds: seconds ?? 0 } };
    const expression = expressionOf(until);
    const at = await evaluateJsonata(until, await values(expression), { owner: execution.startedById });
    return { kind: 'time', until: { at: toTime(at) } };
  },
};

function toTime(value: unknown): Date {
  const time = typeof value === 'string' || typeof value === 'number' ? new Date(value) : new Date(NaN);
  if (Number.isNaN(time.getTime())) {
    throw new ExpressionError('EVALUATION', 'the result is not a time: ISO 8601 or milliseconds since 1970');
  }
  if (time.getTime() > Date.now() + MAX_SECONDS * 1_000) {
    throw new ExpressionError('EVALUATION', 'the result is more than 30 days ahead');
  }
  return time;
}
