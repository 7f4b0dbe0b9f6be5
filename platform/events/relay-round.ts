import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../database/index.ts';
import { EVENT_COLUMNS, toStoredEvent, type EventRow } from './event-row.ts';
import { formatPosition, LOG_START, parsePosition } from './position.ts';
import type { EventBus } from './types.ts';

const BATCH = 500;
const PUBLISH_DEADLINE_MS = 5_000;
/** Advisory locks of this database that belong to the outbox; the second number is a constant of ours. */
const ROUND_LOCK = '7031, 1';

export interface RelayRound {
  /**
   * `drained`: nothing is left; `more`: go on at once; `held`: committed events wait for an older transaction to end;
   * `busy`: another process is handing over.
   */
  readonly outcome: 'drained' | 'more' | 'held' | 'busy';
  readonly published: number;
  /** When the oldest event happened that is still to be handed over. */
  readonly pendingSince: Date | undefined;
}

type RelayRow = EventRow & { readonly settled: boolean };

/**
 * Publishes one batch. It uses an advisory lock, because a row lock would assign a transaction id, which would delay all
 * readers of all logs on the server until the bus has answered.
 */
export async function relayOnce(pool: Pool, domain: string, bus: EventBus): Promise<RelayRound> {
  return inTransaction(
    pool,
    async (client) => {
      const lock = await client.query<{ taken: boolean }>(`select pg_try_advisory_xact_lock(${ROUND_LOCK}) as taken`);
      if (!lock.rows[0]?.taken) return { outcome: 'busy', published: 0, pendingSince: undefined };
      const rows = await nextRows(client);
      const settled = rows.filter((row) => row.settled);
      const last = settled.at(-1);
      if (last) {
        await withDeadline(bus.publish(settled.map((row) => toStoredEvent(domain, row))));
        await storePosition(client, positionOf(last));
      }
      const held = rows.length > settled.length;
      return {
        outcome: held ? 'held' : rows.length === BATCH ? 'more' : 'drained',
        published: settled.length,
        pendingSince: held ? rows[settled.length]?.occurred_at : undefined,
      };
    },
    { attempts: 1 },
  );
}

/** Settled rows come first, because both order and settling go by the transaction. */
async function nextRows(client: PoolClient): Promise<RelayRow[]> {
  const position = await client.query<{ position: string }>(
    `select position from outbox_positions where name = 'relay'`,
  );
  const from = position.rows[0] ? parsePosition(position.rows[0].position) : LOG_START;
  const { rows } = await client.query<RelayRow>(
    `select ${EVENT_COLUMNS}, o.transaction_id < pg_snapshot_xmin(pg_current_snapshot()) as settled
     from outbox_events o
     where (o.transaction_id, o.id) > ($1::xid8, $2::bigint)
     order by o.transaction_id, o.id
     limit ${BATCH}`,
    [from.transactionId.toString(), from.id.toString()],
  );
  return rows;
}

const positionOf = (row: EventRow): string =>
  formatPosition({ transactionId: BigInt(row.transaction_id), id: BigInt(row.id) });

async function storePosition(client: PoolClient, position: string): Promise<void> {
  await client.query(
    `insert into outbox_positions (name, position) values ('relay', $1)
     on conflict (name) do update set position = excluded.position`,
    [position],
  );
}

async function withDeadline(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the bus took nothing within ${PUBLISH_DEADLINE_MS} ms`)),
      PUBLISH_DEADLINE_MS,
    );
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A backup restored into another server may contain transaction ids that this server has not reached yet. Its events would
 * stay invisible, and new ones would be ordered before them. They get the id of a present transaction, ordered by their
 * numbers, and are all published again. True when that was necessary.
 */
export async function adoptRestoredOutbox(pool: Pool): Promise<boolean> {
  const foreign = await pool.query<{ foreign: boolean }>(
    `select exists (
       select 1 from outbox_events o where o.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
     ) or exists (
       select 1 from outbox_positions
       where split_part(position, ':', 1)::xid8 > pg_snapshot_xmax(pg_current_snapshot())
     ) as foreign`,
  );
  if (!foreign.rows[0]?.foreign) return false;
  await inTransaction(pool, async (client) => {
    await client.query('set local statement_timeout = 0');
    await client.query(`select pg_advisory_xact_lock(${ROUND_LOCK})`);
    await client.query('update outbox_events set transaction_id = pg_current_xact_id()');
    await client.query('delete from outbox_positions');
  });
  return true;
}
