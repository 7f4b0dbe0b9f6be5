import { listOf, type ListArguments } from '@flowmesh/platform/connections';

export type TemplateSource = 'BUILT_IN' | 'OWN' | 'SHARED';

/** Which templates a list shows; what is left out does not matter. */
export interface TemplateFilter {
  /** Part of the name or description, in any case. */
  readonly search?: string | null;
  /** All of these. */
  readonly tags?: readonly string[] | null;
  readonly source?: TemplateSource | null;
}

/** What a list shows. */
export interface TemplateQuery {
  readonly filter: TemplateFilter;
  readonly viewerId: string;
  /** Whether the viewer sees those of everybody. */
  readonly seesAll: boolean;
}

export const TEMPLATES = listOf({
  name: 'workflowTemplates',
  orders: {
    NAME: { field: 'name', type: 'string' },
    CREATED_AT: { field: 'createdAt', type: 'date' },
    UPDATED_AT: { field: 'updatedAt', type: 'date' },
  },
  orderBy: { field: 'NAME', direction: 'ASC' },
});

export type TemplateListArguments = ListArguments<'NAME' | 'CREATED_AT' | 'UPDATED_AT', TemplateFilter>;
