import type { Pool } from 'pg';

/**
 * Executions that are paused because who started them is suspended; those that are a part of others follow
 * them, but for those that undo a step (`item_index` below 0): what they are a part of has ended.
 */
export class HeldStore {
  constructor(private readonly pool: Pool) {}

  /** Those that go on although who started them is suspended; at most `limit`. */
  async unheld(limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select e.id from suspended_users s join workflow_executions e on e.started_by_id = s.user_id
       where e.status in ('PENDING', 'RUNNING', 'WAITING') and (e.parent_execution_id is null or e.item_index < 0) limit $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Those that have not ended, paused or not, although who started them is suspended; at most `limit`. */
  async unended(limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select e.id from suspended_users s join workflow_executions e on e.started_by_id = s.user_id
       where e.status in ('PENDING', 'RUNNING', 'WAITING', 'PAUSED') and (e.parent_execution_id is null or e.item_index < 0) limit $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  async markHeld(executionId: string): Promise<void> {
    await this.pool.query('update workflow_executions set held_since = now() where id = $1', [executionId]);
  }

  /** Those held for no reason any more; they are not marked afterwards. At most `limit`. */
  async released(limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `update workflow_executions set held_since = null where id in (
         select e.id from workflow_executions e where e.held_since is not null and e.status = 'PAUSED'
           and not exists (select 1 from suspended_users s where s.user_id = e.started_by_id) limit $1)
       returning id`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }
}
