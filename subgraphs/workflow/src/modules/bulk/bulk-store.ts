import { onlyRow, SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import { conditionSql } from '../executions/execution-query.ts';
import type { BulkError, BulkOperation, BulkSelection } from './bulk-record.ts';

const COLUMNS = `
  id, kind::text, status::text, owner_id as "ownerId", scopes, role_ids as "roleIds", selection, reason, selected, succeeded,
  failed, failures, last_id as "lastId", created_at as "createdAt", completed_at as "completedAt"`;
const MAX_FAILURES = 100;
export const MAX_SELECTED = 100_000;

/** Executions of a selection: ids are in the order in which executions were accepted. */
export interface Selected {
  readonly selection: BulkSelection;
  /** Only what this user started, and what is of their workflows; null for everybody's. */
  readonly visibleTo: string | null;
  /** Accepted, and where they have ended, ended before. */
  readonly before: Date;
}

export interface BulkProgress {
  readonly lastId: string;
  readonly succeeded: number;
  readonly failures: readonly { readonly executionId: string; readonly error: BulkError }[];
}

/** Bulk operations, and the executions that they select. */
export class BulkStore {
  constructor(private readonly pool: Pool) {}

  /** At most 100,000. */
  async count(selected: Selected): Promise<number> {
    const parameters = new SqlParameters();
    const where = whereSql(selected, parameters);
    const { rows } = await this.pool.query<{ count: number }>(
      `select count(*)::int from (select 1 from workflow_executions e where ${where} limit ${MAX_SELECTED}) s`,
      parameters.values,
    );
    return onlyRow(rows).count;
  }

  async idsAfter(selected: Selected, after: string | null, limit: number): Promise<string[]> {
    const parameters = new SqlParameters();
    const where = whereSql(selected, parameters);
    const { rows } = await this.pool.query<{ id: string }>(
      `select e.id from workflow_executions e where ${where} and e.id > ${parameters.add(after ?? '')}
       order by e.id limit ${parameters.add(limit)}`,
      parameters.values,
    );
    return rows.map(({ id }) => id);
  }

  async create(
    operation: Pick<
      BulkOperation,
      'id' | 'kind' | 'ownerId' | 'scopes' | 'roleIds' | 'selection' | 'reason' | 'selected' | 'createdAt'
    >,
  ): Promise<BulkOperation> {
    const { id, kind, ownerId, scopes, roleIds, selection, reason, selected, createdAt } = operation;
    const { rows } = await this.pool.query<BulkOperation>(
      `insert into workflow_bulk_operations (id, kind, owner_id, scopes, role_ids, selection, reason, selected, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${COLUMNS}`,
      [id, kind, ownerId, scopes, roleIds, selection, reason, selected, createdAt],
    );
    return onlyRow(rows);
  }

  async find(id: string): Promise<BulkOperation | null> {
    const { rows } = await this.pool.query<BulkOperation>(
      `select ${COLUMNS} from workflow_bulk_operations where id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }

  async running(limit: number): Promise<BulkOperation[]> {
    const { rows } = await this.pool.query<BulkOperation>(
      `select ${COLUMNS} from workflow_bulk_operations where status = 'RUNNING' order by created_at, id limit $1`,
      [limit],
    );
    return rows;
  }

  /** False when another process has gone on from there. */
  async advance(id: string, from: string | null, { lastId, succeeded, failures }: BulkProgress): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update workflow_bulk_operations
       set last_id = $3, succeeded = succeeded + $4, failed = failed + $5,
           failures = case when jsonb_array_length(failures) >= ${MAX_FAILURES} then failures else failures || $6::jsonb end
       where id = $1 and status = 'RUNNING' and last_id is not distinct from $2`,
      [id, from, lastId, succeeded, failures.length, JSON.stringify(failures.slice(0, MAX_FAILURES))],
    );
    return rowCount === 1;
  }

  async end(id: string, status: 'COMPLETED' | 'STOPPED'): Promise<void> {
    await this.pool.query(
      `update workflow_bulk_operations set status = $2, completed_at = now() where id = $1 and status = 'RUNNING'`,
      [id, status],
    );
  }

  /** Removes at most `limit` that ended so many days ago. Gives how many went. */
  async removeOld(retentionDays: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from workflow_bulk_operations where id = any(array(
         select id from workflow_bulk_operations where completed_at < now() - make_interval(days => $1)
         order by completed_at limit $2))`,
      [retentionDays, limit],
    );
    return rowCount ?? 0;
  }
}

function whereSql({ selection, visibleTo, before }: Selected, parameters: SqlParameters): string {
  const { createdAfter, createdBefore, ...same } = selection;
  const filter = {
    ...same,
    createdAfter: createdAfter == null ? null : new Date(createdAfter),
    createdBefore: createdBefore == null ? null : new Date(createdBefore),
  };
  const moment = parameters.add(before);
  return `${conditionSql({ filter, visibleTo }, parameters)} and e.created_at <= ${moment}
    and (e.completed_at is null or e.completed_at <= ${moment})`;
}
