import type { Viewer } from '@flowmesh/platform/access';
import { SqlList } from '@flowmesh/platform/connections';
import { searchPatterns, SqlConditions, SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { accessSql, visibleSql } from './context-access.ts';
import type { ContextFilter } from './context-query.ts';
import type { ContextRecord } from './context-record.ts';
import { CONTEXT_COLUMNS } from './context-rows.ts';

export interface ContextListQuery {
  readonly viewer: Viewer;
  readonly filter: ContextFilter;
}

/** The pool, or a transaction that has not been committed. */
type Queries = Pick<Pool, 'query'>;

/** A context with what stands for what was asked under its key. */
export interface ContextOfKey extends ContextRecord {
  readonly requestDigest: string | null;
}

type OrderField = 'createdAt' | 'updatedAt' | 'name';

/** Reads contexts, for a viewer: what is not theirs to see is not found. */
export class ContextStore {
  readonly list: SqlList<ContextRecord, ContextListQuery, OrderField>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList<ContextRecord, ContextListQuery, OrderField>(pool, {
      columns: 'c.*',
      // Access depends on the viewer, so it is a column of what is selected from.
      from: ({ viewer }, parameters) =>
        `(select ${CONTEXT_COLUMNS}, ${accessSql(viewer, parameters)} as access
          from contexts c where ${visibleSql(viewer, parameters)}) c`,
      where: filterSql,
      orderColumns: { createdAt: 'c."createdAt"', updatedAt: 'c."updatedAt"', name: 'c.name' },
      idColumn: 'c.id',
    });
  }

  async findMany(viewer: Viewer, ids: readonly string[], on: Queries = this.pool): Promise<ContextRecord[]> {
    const parameters = new SqlParameters();
    const { rows } = await on.query<ContextRecord>(
      `select ${CONTEXT_COLUMNS}, ${accessSql(viewer, parameters)} as access from contexts c
       where c.id = any(${parameters.add(ids)}) and ${visibleSql(viewer, parameters)}`,
      parameters.values,
    );
    return rows;
  }

  async find(viewer: Viewer, id: string): Promise<ContextRecord | null> {
    return (await this.findMany(viewer, [id]))[0] ?? null;
  }

  /** What the owner has created under this key. */
  async findByKey(viewer: Viewer, ownerId: string, key: string): Promise<ContextOfKey | null> {
    const parameters = new SqlParameters();
    const { rows } = await this.pool.query<ContextOfKey>(
      `select ${CONTEXT_COLUMNS}, c.request_digest as "requestDigest", ${accessSql(viewer, parameters)} as access
       from contexts c
       where c.owner_id = ${parameters.add(ownerId)} and c.idempotency_key = ${parameters.add(key)}`,
      parameters.values,
    );
    return rows[0] ?? null;
  }

  async idOfName(ownerId: string, name: string): Promise<string | null> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select id from contexts where owner_id = $1 and name = $2 and status <> 'DELETED'`,
      [ownerId, name],
    );
    return rows[0]?.id ?? null;
  }
}

function filterSql({ viewer, filter }: ContextListQuery, parameters: SqlParameters): string {
  const userId = viewer.kind === 'anonymous' ? null : viewer.userId;
  const conditions = new SqlConditions(parameters)
    .add((statuses) => `c.status = any(${statuses}::text[])`, filter.statuses ?? ['ACTIVE', 'INACTIVE'])
    .add((type) => `c.type = ${type}`, filter.type)
    .add((tags) => `c.tags @> ${tags}::text[]`, filter.tags?.length ? filter.tags : null)
    .add((ownerId) => `c."ownerId" = ${ownerId}`, filter.ownerId)
    .add(
      (patterns) => `(c.name ilike any(${patterns}::text[]) or c.description ilike any(${patterns}::text[]))`,
      filter.search ? searchPatterns(filter.search) : null,
    )
    .add((id) => `c."ownerId" ${filter.shared ? '<>' : '='} ${id}`, filter.shared == null ? null : userId);
  return conditions.toString();
}
