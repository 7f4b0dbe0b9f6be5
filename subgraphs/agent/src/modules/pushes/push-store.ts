import { inTransaction } from '@flowmesh/platform/database';
import { notHeldSql } from '@flowmesh/platform/suspensions';
import type { Pool } from 'pg';
import type { DuePush, PushRecord } from './push-record.ts';

const COLUMNS = `p.id, p.execution_id as "executionId", p.key, p.created_by_id as "createdById", p.url,
  p.protocol_version as protocol, p.sealed_secrets as "sealedSecrets", p.told_status::text as "toldStatus",
  p.last_error as "lastError", p.created_at as "createdAt"`;

/** Of one execution. */
export const MAX_PUSHES = 10;

/** While a process sends it. Longer than the deadline of a call. */
const CLAIMED_SECONDS = 30;

/** What has another status than was told; of users who are suspended, when they are reactivated. */
const CLAIM = `
  with due as (
    select p.id, e.status from agent_execution_pushes p join agent_executions e on e.id = p.execution_id
    where p.ended_at is null and p.next_at <= now() and e.status <> 'QUEUED' and e.status is distinct from p.told_status
      and ${notHeldSql('p.created_by_id')}
    order by p.next_at limit $1 for update of p skip locked
  )
  update agent_execution_pushes p set attempts = p.attempts + 1, next_at = now() + make_interval(secs => ${CLAIMED_SECONDS})
  from due where p.id = due.id
  returning ${COLUMNS}, p.attempts, due.status::text as status`;

const HAS_ENDED = `$3::agent_execution_status in ('COMPLETED', 'FAILED', 'STOPPED')`;

/** What is to be told, and to whom. */
export class PushStore {
  constructor(private readonly pool: Pool) {}

  /** In place of one with the same key. Null when the execution has too many, or the key is somebody else's. */
  set(push: Pick<PushRecord, 'id' | 'executionId' | 'key' | 'createdById' | 'url' | 'protocol' | 'sealedSecrets'>) {
    return inTransaction(this.pool, async (tx): Promise<PushRecord | null> => {
      // One after the other, so that the number holds.
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [push.executionId]);
      const { rows } = await tx.query<PushRecord>(
        `insert into agent_execution_pushes as p (id, execution_id, key, created_by_id, url, protocol_version, sealed_secrets)
         select $1, $2, $3, $4, $5, $6, $7
         where (select count(*) from agent_execution_pushes o where o.execution_id = $2 and o.key <> $3) < ${MAX_PUSHES}
         on conflict (execution_id, key) do update set id = excluded.id, url = excluded.url,
           protocol_version = excluded.protocol_version, sealed_secrets = excluded.sealed_secrets, told_status = null,
           attempts = 0, next_at = now(), last_error = null, ended_at = null, created_at = now()
           where p.created_by_id = excluded.created_by_id
         returning ${COLUMNS}`,
        [push.id, push.executionId, push.key, push.createdById, push.url, push.protocol, push.sealedSecrets],
      );
      return rows[0] ?? null;
    });
  }

  /** By execution, each in the order of their keys. */
  async ofExecutions(executionIds: readonly string[]): Promise<PushRecord[]> {
    const { rows } = await this.pool.query<PushRecord>(
      `select ${COLUMNS} from agent_execution_pushes p where p.execution_id = any($1) order by p.execution_id, p.key`,
      [executionIds],
    );
    return rows;
  }

  /** False when the user has none of this key. */
  async remove(executionId: string, key: string, createdById: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      'delete from agent_execution_pushes where execution_id = $1 and key = $2 and created_by_id = $3',
      [executionId, key, createdById],
    );
    return rowCount === 1;
  }

  /** What is due; nobody else gets it meanwhile. */
  async claim(limit: number): Promise<DuePush[]> {
    return (await this.pool.query<DuePush>(CLAIM, [limit])).rows;
  }

  /** That the status was received, or is not to be told any more. Nothing when another process has taken it since. */
  async told({ id, attempts, status }: DuePush, error: string | null): Promise<void> {
    await this.pool.query(
      `update agent_execution_pushes set told_status = $3::agent_execution_status, attempts = 0, next_at = now(),
         last_error = $4, ended_at = case when ${HAS_ENDED} then now() end
       where id = $1 and attempts = $2`,
      [id, attempts, status, error],
    );
  }

  /** That it was not received, and when it is tried again. */
  async failed({ id, attempts }: DuePush, error: string, againInMs: number): Promise<void> {
    await this.pool.query(
      `update agent_execution_pushes set last_error = $3, next_at = now() + make_interval(secs => $4::float8 / 1000)
       where id = $1 and attempts = $2`,
      [id, attempts, error, againInMs],
    );
  }
}
