import type { Pool } from 'pg';

export interface OutboxEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The events of a stream, such as `user:<id>`, in their order; of one type when given. */
export async function readOutbox(pool: Pool, stream: string, type: string | null = null): Promise<OutboxEvent[]> {
  const { rows } = await pool.query<OutboxEvent>(
    'select type, payload from outbox_events where stream = $1 and ($2::text is null or type = $2) order by id',
    [stream, type],
  );
  return rows;
}
