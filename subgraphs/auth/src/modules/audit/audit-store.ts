import { SqlList } from '@flowmesh/platform/connections';
import type { SqlExecutor } from '@flowmesh/platform/events';
import type { Pool } from 'pg';
import { conditionSql, type AuditQuery } from './audit-query.ts';
import type { AuditRecord, NewAuditLog } from './audit-record.ts';

const COLUMNS = `id, occurred_at as "occurredAt", action, outcome::text, actor_type::text as "actorType",
  actor_id as "actorId", session_id as "sessionId", api_key_id as "apiKeyId", on_behalf_of_id as "onBehalfOfId",
  target_type as "targetType", target_id as "targetId", subject_id as "subjectId", host(address) as address,
  user_agent as "userAgent", request_id as "requestId", details`;

// One parameter for any number of entries, so that the text of the statement is always the same.
const INSERT = `
  insert into audit_logs (id, action, outcome, actor_type, actor_id, session_id, api_key_id, on_behalf_of_id,
    target_type, target_id, subject_id, address, user_agent, request_id, details)
  select l.id, l.action, l.outcome::audit_outcome, l."actorType"::audit_actor_type, l."actorId", l."sessionId",
    l."apiKeyId", l."onBehalfOfId", l."targetType", l."targetId", l."subjectId", l.address, l."userAgent",
    l."requestId", l.details
  from jsonb_to_recordset($1::jsonb) as l(id text, action text, outcome text, "actorType" text, "actorId" text,
    "sessionId" text, "apiKeyId" text, "onBehalfOfId" text, "targetType" text, "targetId" text, "subjectId" text,
    address inet, "userAgent" text, "requestId" text, details jsonb)`;

/**
 * Writes entries within the caller's transaction: they exist exactly if the action is committed. Failed attempts have
 * no transaction: use `AuditService.record` for them.
 */
export async function appendAudit(executor: SqlExecutor, logs: readonly NewAuditLog[]): Promise<void> {
  if (logs.length > 0) await executor.query(INSERT, [JSON.stringify(logs)]);
}

/** The append-only audit log: the database refuses to change or remove entries. */
export class AuditStore {
  readonly list: SqlList<AuditRecord, AuditQuery, 'occurredAt'>;

  constructor(private readonly pool: Pool) {
    this.list = new SqlList(pool, {
      columns: COLUMNS,
      from: 'audit_logs',
      where: conditionSql,
      orderColumns: { occurredAt: 'occurred_at' },
      idColumn: 'id',
    });
  }

  append(logs: readonly NewAuditLog[]): Promise<void> {
    return appendAudit(this.pool, logs);
  }

  /** Nothing when there is an entry of this id. */
  async appendOnce(log: NewAuditLog): Promise<void> {
    await this.pool.query(`${INSERT} on conflict (id) do nothing`, [JSON.stringify([log])]);
  }

  async findMany(ids: readonly string[]): Promise<AuditRecord[]> {
    const { rows } = await this.pool.query<AuditRecord>(`select ${COLUMNS} from audit_logs where id = any($1)`, [ids]);
    return rows;
  }

  /**
   * No entry with an earlier time will be added any more. An entry has the time of its statement, so an uncommitted one
   * is later than the start of its transaction. Rounding to milliseconds may make it earlier by half a millisecond.
   */
  async completeUntil(): Promise<Date> {
    const { rows } = await this.pool.query<{ until: Date }>(
      `select least(now(), min(xact_start)) - interval '1 millisecond' as until from pg_stat_activity
       where datname = current_database() and backend_xid is not null`,
    );
    return rows[0]?.until ?? new Date(0);
  }
}
