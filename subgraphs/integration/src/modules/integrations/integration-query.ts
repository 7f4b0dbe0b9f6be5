import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import type { IntegrationType } from '../../clients/clients.ts';
import type { IntegrationStatus } from './integration-record.ts';

/** Which integrations a list shows; what is left out does not matter. */
export interface IntegrationFilter {
  /** Part of the name or description, in any case. */
  readonly search?: string | null;
  readonly type?: IntegrationType | null;
  readonly status?: IntegrationStatus | null;
  /** All of these. */
  readonly tags?: readonly string[] | null;
  readonly ownerId?: string | null;
}

/** What a list shows. */
export interface IntegrationQuery {
  readonly filter: IntegrationFilter;
  /** Null for everybody's integrations. */
  readonly visibleOwner: string | null;
}

export const INTEGRATIONS = listOf({
  name: 'integrations',
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    UPDATED_AT: { field: 'updatedAt', type: 'date' },
    NAME: { field: 'name', type: 'string' },
  },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});

export type IntegrationListArguments = ListArguments<'CREATED_AT' | 'UPDATED_AT' | 'NAME', IntegrationFilter>;
