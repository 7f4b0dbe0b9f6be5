import { badInput } from '@flowmesh/platform/errors';
import { id, name, parseArgument } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { BudgetLimits, BudgetPeriod, BudgetScope } from './budget-record.ts';

const MOST_TOKENS = 2_000_000_000;
const MOST_DOLLARS = 1_000_000;
const MOST_CALLS = 1_000_000_000;
const MOST_SECONDS = 100_000_000;

const int = (min: number, max: number) => {
  const message = `must be ${min} to ${max.toLocaleString('en')}`;
  return z.int(message).min(min, message).max(max, message);
};

const dollars = `must be more than 0, to ${MOST_DOLLARS.toLocaleString('en')}`;
const limits = {
  maxTokens: int(1, MOST_TOKENS).nullish(),
  maxCostUsd: z.number(dollars).gt(0, dollars).max(MOST_DOLLARS, dollars).nullish(),
  maxCalls: int(1, MOST_CALLS).nullish(),
  maxSeconds: int(1, MOST_SECONDS).nullish(),
  warnAtPercent: int(1, 99).nullish(),
};

const SCOPES = ['AGENT', 'AGENT_EXECUTION', 'WORKFLOW', 'WORKFLOW_EXECUTION', 'USER'] as const satisfies BudgetScope[];
const PERIODS = ['TOTAL', 'DAY', 'RUN'] as const satisfies BudgetPeriod[];
const isOfRuns = (scope: BudgetScope) => scope === 'AGENT_EXECUTION' || scope === 'WORKFLOW_EXECUTION';

export const NO_LIMIT = 'must limit something: maxTokens, maxCostUsd, maxCalls or maxSeconds';

export const hasLimit = ({ maxTokens, maxCostUsd, maxCalls, maxSeconds }: BudgetLimits): boolean =>
  [maxTokens, maxCostUsd, maxCalls, maxSeconds].some((limit) => limit !== null);

export const createShape = z
  .object({
    name: name({ min: 1, max: 255 }),
    scope: z.enum(SCOPES),
    subjectId: id(),
    period: z.enum(PERIODS).nullish(),
    ...limits,
  })
  .superRefine(({ scope, period }, context) => {
    if (period == null || isOfRuns(scope) === (period === 'RUN')) return;
    const message = isOfRuns(scope)
      ? `must be RUN, or be left out, for ${scope}: each execution has the whole of it`
      : `must be TOTAL or DAY for ${scope}`;
    context.addIssue({ code: 'custom', path: ['period'], message });
  });

export const periodOf = (scope: BudgetScope, period: BudgetPeriod | null | undefined): BudgetPeriod =>
  period ?? (isOfRuns(scope) ? 'RUN' : 'TOTAL');

export const updateShape = z.object({
  id: id(),
  expectedVersion: z.int().nullish(),
  name: name({ min: 1, max: 255 }).nullish(),
  ...limits,
});

export type CreateBudgetInput = z.input<typeof createShape>;
export type UpdateBudgetInput = z.input<typeof updateShape>;

const LONGEST_MS = 366 * 86_400_000;

/** What groups of what was spent are named by. */
export type SpendDimension = 'AGENT' | 'AGENT_EXECUTION' | 'WORKFLOW' | 'WORKFLOW_EXECUTION' | 'USER' | 'MODEL' | 'DAY';

export interface SpendArguments {
  readonly by: SpendDimension;
  readonly from: Date;
  readonly to: Date;
  readonly first: number;
  readonly filter?: SpendFilter | null | undefined;
}

export interface SpendFilter {
  readonly agentId?: string | null;
  readonly agentExecutionId?: string | null;
  readonly workflowId?: string | null;
  readonly workflowExecutionId?: string | null;
  readonly userId?: string | null;
}

/** Throws BAD_USER_INPUT for what cannot be used. */
export function checkSpendArguments({ from, to, first }: SpendArguments): void {
  if (to <= from || to.getTime() - from.getTime() > LONGEST_MS) {
    throw badInput('to', 'must be later than `from`, by 366 days at most');
  }
  parseArgument('first', int(1, 100), first);
}
