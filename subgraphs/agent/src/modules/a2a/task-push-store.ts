import type { Pool } from 'pg';

/** Which tasks may be told of, and which were. */
export class TaskPushStore {
  constructor(private readonly pool: Pool) {}

  /** Who knows what has this hash may tell of the task from now on, and nobody else. */
  async expect(executionId: string, number: number, hash: Buffer): Promise<void> {
    await this.pool.query('update agent_remote_tasks set push_hash = $3 where execution_id = $1 and number = $2', [
      executionId,
      number,
      hash,
    ]);
  }

  /** Null when nobody may tell of a task of this execution. */
  async hashOf(executionId: string): Promise<Buffer | null> {
    const { rows } = await this.pool.query<{ hash: Buffer | null }>(
      'select push_hash as hash from agent_remote_tasks where execution_id = $1',
      [executionId],
    );
    return rows[0]?.hash ?? null;
  }

  /** Nothing is written while an earlier one has not been looked at, nor after the end. */
  async note(executionId: string): Promise<void> {
    await this.pool.query(
      `update agent_remote_tasks set pushed_at = now()
       where execution_id = $1 and pushed_at is null and ended_at is null`,
      [executionId],
    );
  }

  /** Those of the executions that were told of; each is given once. */
  async take(executionIds: readonly string[]): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `update agent_remote_tasks set pushed_at = null where execution_id = any($1) and pushed_at is not null
       returning execution_id as id`,
      [executionIds],
    );
    return rows.map(({ id }) => id);
  }
}
