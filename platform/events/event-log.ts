import type { Pool } from 'pg';
import { aheadOfEverything, notKept } from './cursor-problems.ts';
import { comparePositions, formatPosition, LOG_START, parsePosition, type LogPosition } from './position.ts';
import { EVENT_COLUMNS, toStoredEvent, type EventRow } from './event-row.ts';
import type { EventLog, StoredEvent } from './types.ts';

const MAX_LIMIT = 1_000;

type LogRow = { [K in keyof EventRow]: EventRow[K] | null } & {
  readonly pruned: string | null;
  readonly ahead: boolean;
};

/**
 * Reads the outbox of one domain. `pool` is the domain's; each call takes one connection for one statement.
 * A position after the newest event, or before the oldest one still kept, is refused with BAD_USER_INPUT: continuing
 * from there would silently skip events.
 */
export function createEventLog(options: { readonly domain: string; readonly pool: Pool }): EventLog {
  const { domain, pool } = options;
  return {
    domain,

    async readAfter(after, { limit, types, ownerId }): Promise<StoredEvent[]> {
      const from = after === null ? LOG_START : parsePosition(after);
      const values: unknown[] = [from.transactionId.toString(), from.id.toString(), Math.min(limit, MAX_LIMIT)];
      let filter = '';
      if (types) filter += ` and type = any($${values.push(types)}::text[])`;
      if (ownerId !== undefined) filter += ` and owner_id = $${values.push(ownerId)}::text`;
      // All transactions below the snapshot's xmin have finished, so no further event can appear before the rows read.
      const { rows } = await pool.query<LogRow>(
        `select e.*, p.position as pruned, $1::xid8 > pg_snapshot_xmax(pg_current_snapshot()) as ahead
         from (values (1)) one(n)
         left join outbox_positions p on p.name = 'pruned'
         left join lateral (
           select ${EVENT_COLUMNS} from outbox_events o
           where (o.transaction_id, o.id) > ($1::xid8, $2::bigint)
             and o.transaction_id < pg_snapshot_xmin(pg_current_snapshot())${filter}
           order by o.transaction_id, o.id
           limit $3
         ) e on true
         order by e.transaction_id::xid8, e.id::bigint`,
        values,
      );
      if (after !== null) refuseUnreadable(from, rows[0]);
      return rows.filter(hasEvent).map((row) => toStoredEvent(domain, row));
    },

    async readStream(stream, afterSeq, limit): Promise<StoredEvent[]> {
      const { rows } = await pool.query<EventRow>(
        `select ${EVENT_COLUMNS} from outbox_events
         where stream = $1 and stream_seq > $2
         order by stream_seq
         limit $3`,
        [stream, afterSeq, Math.min(limit, MAX_LIMIT)],
      );
      const gap = rows.findIndex((row, index) => row.stream_seq !== afterSeq + 1 + index);
      if (gap === 0) await refusePruned(pool, stream, afterSeq);
      return (gap === -1 ? rows : rows.slice(0, gap)).map((row) => toStoredEvent(domain, row));
    },

    async streamHeads(streams): Promise<Map<string, number>> {
      const { rows } = await pool.query<{ stream: string; seq: number }>(
        `select s.stream, h.seq
         from unnest($1::text[]) s(stream),
              lateral (select stream_seq as seq from outbox_events e
                       where e.stream = s.stream and stream_seq is not null
                       order by stream_seq desc limit 1) h`,
        [streams],
      );
      return new Map(rows.map((row) => [row.stream, row.seq]));
    },

    async head(): Promise<string> {
      const { rows } = await pool.query<{ xmin: string }>(
        'select pg_snapshot_xmin(pg_current_snapshot())::text as xmin',
      );
      return formatPosition({ transactionId: BigInt(rows[0]?.xmin ?? 0), id: 0n });
    },
  };
}

const hasEvent = (row: LogRow): row is LogRow & EventRow => row.id !== null;

function refuseUnreadable(from: LogPosition, row: LogRow | undefined): void {
  if (row?.ahead) throw aheadOfEverything();
  if (row?.pruned && comparePositions(from, parsePosition(row.pruned)) < 0) {
    throw notKept();
  }
}

/** Numbers are missing in front: either they are not committed yet (wait for them), or they were pruned for good. */
async function refusePruned(pool: Pool, stream: string, afterSeq: number): Promise<void> {
  const { rows } = await pool.query<{ pruned: boolean }>(
    `select exists (select 1 from outbox_positions where name = 'pruned')
            and not exists (select 1 from outbox_events where stream = $1 and stream_seq <= $2) as pruned`,
    [stream, afterSeq],
  );
  if (rows[0]?.pruned) throw notKept();
}
