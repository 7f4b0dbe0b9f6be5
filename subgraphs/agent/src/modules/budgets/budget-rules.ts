import type { MostOfCall } from '../calls/most-of-call.ts';
import type { ToldBudget } from './budget-events.ts';

/** A budget with what is used and reserved of it, as a call finds it. */
export interface StandingBudget extends ToldBudget {
  readonly maxTokens: number | null;
  readonly maxCostUsd: number | null;
  readonly maxCalls: number | null;
  readonly maxSeconds: number | null;
  readonly tokens: number;
  readonly costUsd: number;
  readonly calls: number;
  readonly milliseconds: number;
  readonly reservedTokens: number;
  readonly reservedCostUsd: number;
  readonly reservedCalls: number;
  readonly reservedMilliseconds: number;
}

/** Why a call may not be made. */
export interface Refusal {
  readonly code: 'BUDGET_EXCEEDED' | 'PRICE_UNKNOWN';
  readonly budgetId: string;
  readonly periodKey: string;
  readonly message: string;
}

/** Sums of prices are no exact decimals; less than this is no difference. */
const CENTS_OF_ROUNDING = 1e-9;

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 6 });

/** Why a budget does not allow a call that takes at most so much; null when it does. */
export function refusalOf(budget: StandingBudget, most: MostOfCall): Refusal | null {
  const { budgetId, periodKey, name, maxTokens, maxCostUsd, maxCalls, maxSeconds } = budget;
  const refuse = (limit: string, used: string, needs: string): Refusal => ({
    code: 'BUDGET_EXCEEDED',
    budgetId,
    periodKey,
    message: `The budget "${name}" allows ${limit}; ${used} used or reserved, and the next call may take ${needs}.`,
  });
  const tokens = budget.tokens + budget.reservedTokens;
  const costUsd = budget.costUsd + budget.reservedCostUsd;
  const calls = budget.calls + budget.reservedCalls;
  const seconds = (budget.milliseconds + budget.reservedMilliseconds) / 1_000;
  if (maxCalls !== null && calls + 1 > maxCalls)
    return refuse(`${number(maxCalls)} calls`, `${number(calls)} are`, 'one more');
  if (maxTokens !== null && most.tokens > 0 && tokens + most.tokens > maxTokens) {
    return refuse(`${number(maxTokens)} tokens`, `${number(tokens)} are`, number(most.tokens));
  }
  if (maxCostUsd !== null && most.costUsd === null) {
    const message = `The budget "${name}" limits money, and the price of the model is not known: set it on the agent, or in MODEL_PRICES.`;
    return { code: 'PRICE_UNKNOWN', budgetId, periodKey, message };
  }
  if (maxCostUsd !== null && most.costUsd && costUsd + most.costUsd > maxCostUsd + CENTS_OF_ROUNDING) {
    return refuse(`$${number(maxCostUsd)}`, `$${number(costUsd)} are`, `$${number(most.costUsd)}`);
  }
  // What takes no time of its own may go on.
  if (maxSeconds !== null && most.milliseconds > 0 && seconds >= maxSeconds) {
    return refuse(`${number(maxSeconds)} s`, `${number(seconds)} s are`, 'more');
  }
  return null;
}
