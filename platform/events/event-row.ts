import { formatPosition } from './position.ts';
import type { StoredEvent } from './types.ts';

/** A row of `outbox_events` as `EVENT_COLUMNS` select it. 64-bit numbers come as text. */
export interface EventRow {
  readonly id: string;
  readonly transaction_id: string;
  readonly type: string;
  readonly version: number;
  readonly stream: string;
  readonly stream_seq: number | null;
  readonly owner_id: string;
  readonly payload: unknown;
  readonly request_id: string | null;
  readonly occurred_at: Date;
}

export const EVENT_COLUMNS =
  'id::text, transaction_id::text, type, version, stream, stream_seq, owner_id, payload, request_id, occurred_at';

export function toStoredEvent(domain: string, row: EventRow): StoredEvent {
  return {
    id: `${domain}:${row.id}`,
    domain,
    position: formatPosition({ transactionId: BigInt(row.transaction_id), id: BigInt(row.id) }),
    type: row.type,
    version: row.version,
    stream: row.stream,
    streamSeq: row.stream_seq ?? undefined,
    ownerId: row.owner_id,
    payload: row.payload,
    requestId: row.request_id ?? undefined,
    occurredAt: row.occurred_at,
  };
}
