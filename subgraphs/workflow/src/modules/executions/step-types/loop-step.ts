import { z } from 'zod';
import { evaluateCel, ExpressionError } from '@flowmesh/platform/expressions';
import { bodyShape } from './body-shape.ts';
import { rememberShape } from './remember.ts';
import { StepFailure, type ConfigExpression, type StepType } from './step-type.ts';

const MAX_ROUNDS = 1_000;
const DEFAULT_ROUNDS = 100;

const rounds = `must be 1 to ${MAX_ROUNDS.toLocaleString('en')}`;

/** When a loop ends. */
export const loopRules = {
  while: z.string().optional(),
  until: z.string().optional(),
  maxRounds: z.int(rounds).min(1, rounds).max(MAX_ROUNDS, rounds).optional(),
  onMaxRounds: z.enum(['FAIL', 'END'], 'must be FAIL or END').optional(),
};

/** What a run of it reads: the steps inside were checked when they were stored. */
const settings = z.object(loopRules);
const config = z
  .strictObject({ ...loopRules, ...bodyShape, remember: rememberShape.optional() })
  .refine(({ while: goOn, until }) => goOn !== undefined || until !== undefined, {
    message: 'needs either while or until',
    path: ['while'],
    params: { missing: true },
  })
  .refine(({ while: goOn, until }) => goOn === undefined || until === undefined, {
    message: 'cannot be given together with while: as long as, or until, not both',
    path: ['until'],
  });

type Condition = ConfigExpression & { readonly path: 'while' | 'until' };

function conditionOf(value: Readonly<Record<string, unknown>>): Condition {
  const { while: goOn, until } = settings.parse(value);
  const rest = { language: 'cel', boolean: true, afterRound: true } as const;
  return goOn === undefined ? { path: 'until', text: until ?? '', ...rest } : { path: 'while', text: goOn, ...rest };
}

/** Runs its steps again and again; its result is that of the last round. */
export const loopStep: StepType = {
  needsAgent: false,
  config,
  expressions: (value) => [conditionOf(value)],
  async run({ step, execution, children, valuesAfterRound }) {
    if (!children) return { kind: 'children', total: 1 };
    // A round that failed is begun again.
    if (children.completed < children.total) return { kind: 'children', total: children.total };
    const condition = conditionOf(step.config);
    const values = await valuesAfterRound(condition);
    const is = await evaluateCel(condition.text, values, { owner: execution.startedById });
    if (typeof is !== 'boolean') {
      throw new ExpressionError('EVALUATION', `${condition.path}: the result is neither true nor false`);
    }
    if (is !== (condition.path === 'while')) return { kind: 'completed', result: values.previous };
    const { maxRounds = DEFAULT_ROUNDS, onMaxRounds = 'FAIL' } = settings.parse(step.config);
    if (children.completed < maxRounds) return { kind: 'children', total: children.total + 1 };
    if (onMaxRounds === 'END') return { kind: 'completed', result: values.previous };
    const message = `It would go on after ${maxRounds} rounds, and that is the maximum (maxRounds).`;
    throw new StepFailure('MAX_ROUNDS', message, false);
  },
};
