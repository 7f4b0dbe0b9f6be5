import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { searchPatterns, SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { TemplateKind } from './template-record.ts';

/** Which templates a list shows; what is left out does not matter. */
export interface TemplateFilter {
  /** Part of the name or description, in any case. */
  readonly search?: string | null;
  readonly channel?: readonly Channel[] | null;
  readonly kind?: TemplateKind | null;
  readonly category?: string | null;
  /** Has texts in it. */
  readonly language?: string | null;
  readonly isActive?: boolean | null;
  readonly isShared?: boolean | null;
  readonly layoutId?: string | null;
  readonly ownerId?: string | null;
}

export interface TemplateQuery {
  readonly filter: TemplateFilter;
  /** Of this user, and shared ones; null for everybody's. */
  readonly visibleOwner: string | null;
}

/** The condition on `templates t`. */
export function conditionSql({ filter, visibleOwner }: TemplateQuery, parameters: SqlParameters): string {
  const search = filter.search ? searchPatterns(filter.search) : null;
  const conditions = new SqlConditions(parameters)
    .add((owner) => `(t.owner_id = ${owner} or t.is_shared)`, visibleOwner)
    .add((list) => `(t.name ilike any(${list}) or t.description ilike any(${list}))`, search)
    .add((list) => `t.channel = any(${list}::channel[])`, filter.channel)
    .add((kind) => `t.kind = ${kind}::template_kind`, filter.kind)
    .add((text) => `t.category = ${text}`, filter.category)
    .add((tag) => `(t.language = ${tag} or t.translations ? ${tag})`, filter.language)
    .add((flag) => `t.is_active = ${flag}`, filter.isActive)
    .add((flag) => `t.is_shared = ${flag}`, filter.isShared)
    .add((id) => `t.layout_id = ${id}`, filter.layoutId)
    .add((id) => `t.owner_id = ${id}`, filter.ownerId);
  return `t.deleted_at is null and ${conditions}`;
}

export const TEMPLATES = listOf({
  name: 'notificationTemplates',
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    UPDATED_AT: { field: 'updatedAt', type: 'date' },
    NAME: { field: 'name', type: 'string' },
  },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});

export type TemplateListArguments = ListArguments<'CREATED_AT' | 'UPDATED_AT' | 'NAME', TemplateFilter>;

/** The newest first. */
export const VERSIONS_OF_TEMPLATE = listOf({
  name: 'NotificationTemplate.versions',
  orders: { VERSION: { field: 'version', type: 'integer' } },
  orderBy: { field: 'VERSION', direction: 'DESC' },
});
