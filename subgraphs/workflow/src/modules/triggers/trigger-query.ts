import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { TriggerKind, TriggerStatus } from './trigger-record.ts';

/** Which triggers a list shows; what is left out does not matter. */
export interface TriggerFilter {
  readonly workflowId?: string | null;
  readonly kind?: TriggerKind | null;
  readonly status?: TriggerStatus | null;
}

export interface TriggerQuery {
  readonly filter: TriggerFilter;
  /** Triggers this user made, or of this user's workflows; null for everybody's. */
  readonly visibleTo: string | null;
}

/** The condition on `workflow_triggers t` and its workflow `w`. */
export const triggersSql = ({ filter, visibleTo }: TriggerQuery, parameters: SqlParameters): string =>
  new SqlConditions(parameters)
    .add((viewer) => `(t.owner_id = ${viewer} or w.owner_id = ${viewer})`, visibleTo)
    .add((id) => `t.workflow_id = ${id}`, filter.workflowId)
    .add((kind) => `t.kind = ${kind}::workflow_trigger_kind`, filter.kind)
    .add((status) => `t.status = ${status}::workflow_trigger_status`, filter.status)
    .toString();

const NEWEST_FIRST = {
  orders: { CREATED_AT: { field: 'createdAt', type: 'date' } },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
} as const;

export const TRIGGERS = listOf({ name: 'workflowTriggers', ...NEWEST_FIRST });
export const TRIGGERS_OF_WORKFLOW = listOf({ name: 'Workflow.triggers', ...NEWEST_FIRST });
export const HISTORY = listOf({ name: 'WorkflowTrigger.history', ...NEWEST_FIRST });

export type TriggerListArguments = ListArguments<'CREATED_AT', TriggerFilter>;
