import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import type { ContextStatus } from './context-record.ts';

/** Which contexts a list shows; what is left out does not matter. */
export interface ContextFilter {
  /** Part of the name or description, in any case. */
  readonly search?: string | null;
  readonly type?: string | null;
  readonly statuses?: readonly ContextStatus[] | null;
  /** All of these. */
  readonly tags?: readonly string[] | null;
  readonly ownerId?: string | null;
  /** Only what others share, or only own ones. */
  readonly shared?: boolean | null;
}

export const CONTEXTS = listOf({
  name: 'contexts',
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    UPDATED_AT: { field: 'updatedAt', type: 'date' },
    NAME: { field: 'name', type: 'string' },
  },
  orderBy: { field: 'UPDATED_AT', direction: 'DESC' },
});

export type ContextListArguments = ListArguments<'CREATED_AT' | 'UPDATED_AT' | 'NAME', ContextFilter>;
