import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { BudgetScope } from './budget-record.ts';

export interface BudgetFilter {
  readonly scope?: BudgetScope | null;
  readonly subjectId?: string | null;
}

export interface BudgetQuery {
  readonly filter: BudgetFilter;
  /** Budgets of this user; null for everybody's. */
  readonly visibleTo: string | null;
}

/** The condition on `budgets b`. */
export const budgetConditionSql = ({ filter, visibleTo }: BudgetQuery, parameters: SqlParameters): string =>
  new SqlConditions(parameters)
    .add((viewer) => `b.owner_id = ${viewer}`, visibleTo)
    .add((scope) => `b.scope = ${scope}::budget_scope`, filter.scope)
    .add((subject) => `b.subject_id = ${subject}`, filter.subjectId)
    .toString();

export const BUDGETS = listOf({
  name: 'budgets',
  orders: { CREATED_AT: { field: 'createdAt', type: 'date' } },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});

export type BudgetListArguments = Omit<ListArguments<'CREATED_AT', BudgetFilter>, 'orderBy'>;
