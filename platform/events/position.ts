import { notACursor } from './cursor-problems.ts';

/**
 * A position in a domain's log: the transaction that wrote the event, and the event's number. Ordered by both, because only
 * in this order no event can appear before a position already read (numbers alone may be committed out of order).
 */
export interface LogPosition {
  readonly transactionId: bigint;
  readonly id: bigint;
}

const SHAPE = /^(\d{1,20}):(\d{1,19})$/;
const MAX_TRANSACTION_ID = 2n ** 64n - 1n;
const MAX_ID = 2n ** 63n - 1n;

/** In front of everything. */
export const LOG_START: LogPosition = { transactionId: 0n, id: 0n };

/** Reads `<transaction>:<number>`; throws BAD_USER_INPUT for `after` when it is anything else. */
export function parsePosition(text: string): LogPosition {
  const match = SHAPE.exec(text);
  const position = match && { transactionId: BigInt(match[1] ?? ''), id: BigInt(match[2] ?? '') };
  if (!position || position.transactionId > MAX_TRANSACTION_ID || position.id > MAX_ID) throw notACursor();
  return position;
}

export const formatPosition = (position: LogPosition): string => `${position.transactionId}:${position.id}`;

/** Below zero when `a` is before `b`, zero when they are the same place. */
export function comparePositions(a: LogPosition, b: LogPosition): number {
  if (a.transactionId !== b.transactionId) return a.transactionId < b.transactionId ? -1 : 1;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return 0;
}
