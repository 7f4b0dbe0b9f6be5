import type { KeysetOrder, PageArguments } from '@flowmesh/platform/connections';
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

export interface WorkflowListArguments extends PageArguments {
  readonly filter?: WorkflowFilter | null;
  readonly orderBy?: {
    readonly field?: 'CREATED_AT' | 'UPDATED_AT' | 'NAME';
    readonly direction?: 'ASC' | 'DESC';
  } | null;
}

export type WorkflowOrder = KeysetOrder<'createdAt' | 'updatedAt' | 'name'>;

export function orderOf(orderBy: WorkflowListArguments['orderBy']): WorkflowOrder {
  const direction = orderBy?.direction ?? 'DESC';
  switch (orderBy?.field) {
    case 'NAME':
      return { list: 'workflows', field: 'name', direction, type: 'string' };
    case 'UPDATED_AT':
      return { list: 'workflows', field: 'updatedAt', direction, type: 'date' };
    default:
      return { list: 'workflows', field: 'createdAt', direction, type: 'date' };
  }
}
