import { currentRequestId } from '../logging/index.ts';
import type { NewEvent } from './types.ts';

/** What runs a statement inside the caller's open transaction: a `pg` client, or `prismaExecutor(tx)`. */
export interface SqlExecutor {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

/** The part of a Prisma transaction client that is needed; any domain's client has it. */
export interface PrismaTransaction {
  $queryRawUnsafe<T = unknown>(text: string, ...values: unknown[]): Promise<T>;
}

/** Lets a Prisma transaction (`$transaction(async (tx) => …)`) append events. */
export function prismaExecutor(tx: PrismaTransaction): SqlExecutor {
  return { query: async (text, values) => ({ rows: await tx.$queryRawUnsafe<unknown[]>(text, ...values) }) };
}

// One parameter whatever the number of events: the statement is always the same text, and no limit on parameters
// applies. Numbers are given in the order of the array.
const INSERT = `
  insert into outbox_events (type, version, stream, stream_seq, owner_id, payload, request_id)
  select e.event->>'type', (e.event->>'version')::int, e.event->>'stream', (e.event->>'streamSeq')::int,
         e.event->>'ownerId', e.event->'payload', e.event->>'requestId'
  from jsonb_array_elements($1::jsonb) with ordinality as e(event, n)
  order by e.n`;

/**
 * Appends events to the domain's outbox in one statement of the caller's transaction, so that they are committed together
 * with the change they describe. Call `poke()` of the relay after the commit. Events without a request id get that of the
 * current request. Fails, and with it the transaction, when a stream number is already used or a payload contains NUL.
 */
export async function appendEvents(executor: SqlExecutor, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const requestId = currentRequestId();
  const rows = events.map((event) => ({
    ...event,
    payload: event.payload ?? null,
    requestId: event.requestId ?? requestId,
  }));
  await executor.query(INSERT, [JSON.stringify(rows)]);
}
