import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import type { WorkflowStatus, WorkflowType } from './workflow-record.ts';

/** Which workflows a list shows; what is left out does not matter. */
export interface WorkflowFilter {
  /** Part of the name or description, in any case. */
  readonly search?: string | null;
  readonly type?: WorkflowType | null;
  readonly status?: WorkflowStatus | null;
  /** All of these. */
  readonly tags?: readonly string[] | null;
  readonly ownerId?: string | null;
}

/** What a list shows. */
export interface WorkflowQuery {
  readonly filter: WorkflowFilter;
  /** Null for everybody's workflows. */
  readonly visibleOwner: string | null;
}

export const WORKFLOWS = listOf({
  name: 'workflows',
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    UPDATED_AT: { field: 'updatedAt', type: 'date' },
    NAME: { field: 'name', type: 'string' },
  },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});

export type WorkflowListArguments = ListArguments<'CREATED_AT' | 'UPDATED_AT' | 'NAME', WorkflowFilter>;
