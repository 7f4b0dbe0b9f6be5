import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { CallKind } from './call-record.ts';

/** Which calls a list shows; what is left out does not matter. */
export interface CallFilter {
  readonly kind?: CallKind | null;
  readonly attempt?: number | null;
}

/** The condition on `agent_execution_calls c`; whoever sees an execution sees its calls. */
export const callConditionSql = ({ kind, attempt }: CallFilter, parameters: SqlParameters): string =>
  new SqlConditions(parameters)
    .add((value) => `c.kind = ${value}::agent_call_kind`, kind)
    .add((value) => `c.attempt = ${value}`, attempt)
    .toString();

export const CALLS_OF_EXECUTION = listOf({
  name: 'AgentExecution.calls',
  orders: { STARTED_AT: { field: 'startedAt', type: 'date' } },
  orderBy: { field: 'STARTED_AT', direction: 'ASC' },
});

export type CallListArguments = Omit<ListArguments<'STARTED_AT', CallFilter>, 'orderBy'>;
