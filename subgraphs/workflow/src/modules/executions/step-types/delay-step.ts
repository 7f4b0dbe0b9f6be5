import { z } from 'zod';
import { evaluateJsonata, ExpressionError } from '@flowmesh/platform/expressions';
import { timeOf, untilProblem } from './delay-until.ts';
import type { ConfigExpression, StepType } from './step-type.ts';

const MAX_SECONDS = 30 * 86_400;

const seconds = `must be a number of seconds, 0 to ${MAX_SECONDS.toLocaleString('en')} (30 days)`;
const duration = z.number(seconds).min(0, seconds).max(MAX_SECONDS, seconds);

const settings = z.strictObject({ seconds: duration.optional(), until: z.string().optional() });
const config = settings
  .refine(({ seconds, until }) => seconds !== undefined || until !== undefined, {
    message: 'needs either seconds or until',
    path: ['seconds'],
    params: { missing: true },
  })
  .refine(({ seconds, until }) => seconds === undefined || until === undefined, {
    message: 'cannot be given together with seconds: how long, or until when, not both',
    path: ['until'],
  })
  .superRefine(({ until }, { addIssue }) => {
    const message = until === undefined ? null : untilProblem(until);
    if (message !== null) addIssue({ code: 'custom', message, path: ['until'] });
  });

const expressionOf = (until: string): ConfigExpression => ({ path: 'until', language: 'jsonata', text: until });

/** Waits for a time by the clock of the database; its result is null. A time that has passed is no wait. */
export const delayStep: StepType = {
  needsAgent: false,
  config,
  expressions(value) {
    const { until } = settings.parse(value);
    return until === undefined ? [] : [expressionOf(until)];
  },
  async run({ step, execution, values }) {
    // Not all that is refused today was when the workflow was stored.
    const { seconds, until } = settings.parse(step.config);
    if (until === undefined) return { kind: 'time', until: { seconds: seconds ?? 0 } };
    const expression = expressionOf(until);
    const at = await evaluateJsonata(until, await values(expression), { owner: execution.startedById });
    return { kind: 'time', until: { at: toTime(at) } };
  },
};

function toTime(value: unknown): Date {
  const time = timeOf(value);
  if (time > Date.now() + MAX_SECONDS * 1_000) {
    throw new ExpressionError('EVALUATION', 'the result is more than 30 days ahead');
  }
  // How long ago makes no difference, and a database holds less of the past than a number.
  return new Date(Math.max(time, 0));
}
