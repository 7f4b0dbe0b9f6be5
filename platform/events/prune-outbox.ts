import type { Pool } from 'pg';
import { removeInBatches } from '../database/index.ts';

/**
 * Removes events that are older than `retentionDays` and were published to the bus, the oldest first and in small
 * transactions, until none is left. Stores the position, so that readers before it get an error. Returns their number.
 */
export function pruneOutbox(
  pool: Pool,
  options: { readonly retentionDays: number; readonly signal?: AbortSignal },
): Promise<number> {
  const remove = async (limit: number) => {
    // Only the oldest events are checked, because the log is almost in the order of time.
    const { rows } = await pool.query<{ removed: number }>(
      `with oldest as (
         select o.id, o.transaction_id, o.occurred_at from outbox_events o
         where (o.transaction_id, o.id) <= (
           select split_part(position, ':', 1)::xid8, split_part(position, ':', 2)::bigint
           from outbox_positions where name = 'relay'
         )
         order by o.transaction_id, o.id
         limit $2
       ), gone as (
         delete from outbox_events o using oldest
         where o.id = oldest.id and oldest.occurred_at < now() - make_interval(days => $1)
         returning o.transaction_id, o.id
       ), noted as (
         insert into outbox_positions (name, position)
         select 'pruned', transaction_id::text || ':' || id::text from gone order by transaction_id desc, id desc limit 1
         on conflict (name) do update set position = excluded.position
         where (split_part(excluded.position, ':', 1)::xid8, split_part(excluded.position, ':', 2)::bigint)
             > (split_part(outbox_positions.position, ':', 1)::xid8, split_part(outbox_positions.position, ':', 2)::bigint)
       )
       select count(*)::int as removed from gone`,
      [options.retentionDays, limit],
    );
    return rows[0]?.removed ?? 0;
  };
  return removeInBatches({ remove, signal: options.signal });
}
