import type { NewEvent } from '@flowmesh/platform/events';

/** Payload, version 1, of `agent.budget.warning` and `agent.budget.exceeded`; each once for each period and limits. */
export interface BudgetEventPayload {
  readonly budgetId: string;
  readonly name: string;
  readonly scope: string;
  readonly subjectId: string;
  /** The day (UTC), the run, or empty. */
  readonly periodKey: string;
}

export interface ToldBudget extends BudgetEventPayload {
  readonly ownerId: string;
}

function budgetEvent(type: string, { ownerId, ...payload }: ToldBudget): NewEvent<BudgetEventPayload> {
  return { type, version: 1, stream: `budget:${payload.budgetId}`, ownerId, payload };
}

/** `warnAtPercent` of a limit is used. */
export const budgetWarning = (budget: ToldBudget) => budgetEvent('agent.budget.warning', budget);
/** A call was refused. */
export const budgetExceeded = (budget: ToldBudget) => budgetEvent('agent.budget.exceeded', budget);
