import { badInput } from '../errors/index.ts';

/** How the rows of a connection are ordered; equal values are ordered by `id`, in the same direction. */
export interface KeysetOrder<Field extends string = string> {
  /** The list in the schema, e.g. `agents` or `Agent.executions`: a cursor is only valid for the list that issued it. */
  readonly list: string;
  /** Name of the model's field (not of its column). */
  readonly field: Field;
  readonly direction: 'ASC' | 'DESC';
  /** How values compare and how they are written into cursors; integers have 32 bits. */
  readonly type: 'date' | 'string' | 'integer';
  /** Rows without a value come last, in both directions. */
  readonly nullable?: boolean | undefined;
}

export type KeysetValue = Date | string | number | null;

/** A position between two rows. */
export interface Cursor {
  readonly value: KeysetValue;
  readonly id: string;
}

const MAX_CURSOR_CHARACTERS = 4_096;
/** From the year 1: PostgreSQL has no year 0. */
const ISO_DATE = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The opaque cursor of a row: the list and the order it belongs to, and where the row stands in it. */
export function encodeCursor({ list, field, direction }: KeysetOrder, { value, id }: Cursor): string {
  return Buffer.from(JSON.stringify([list, field, direction, value, id])).toString('base64url');
}

/** Reads a cursor; throws `badInput('after', …)` for one that is damaged or was given for another list or order. */
export function decodeCursor(cursor: string, order: KeysetOrder): Cursor {
  const parts = parse(cursor);
  if (!Array.isArray(parts) || parts.length !== 5 || parts[0] !== order.list) throw notACursor();
  const [, field, direction, raw, id] = parts as unknown[];
  if (field !== order.field || direction !== order.direction) {
    throw badInput('after', 'is a cursor of this list in another order; keep `orderBy` from page to page');
  }
  const value = parseValue(raw, order);
  if (!isStorable(id) || value === undefined) throw notACursor();
  return { value, id };
}

const notACursor = () =>
  badInput('after', 'is not a cursor of this list; use a `cursor` or `endCursor` as it was given');

function parse(cursor: string): unknown {
  if (cursor.length > MAX_CURSOR_CHARACTERS || !/^[\w-]+$/.test(cursor)) throw notACursor();
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw notACursor();
  }
}

/** Undefined when the text cannot be a value of this order. */
function parseValue(raw: unknown, { type, nullable }: KeysetOrder): KeysetValue | undefined {
  if (raw === null) return nullable ? null : undefined;
  if (type === 'integer') return typeof raw === 'number' && (raw | 0) === raw ? raw : undefined;
  if (!isStorable(raw)) return undefined;
  if (type === 'string') return raw;
  const date = new Date(raw);
  return ISO_DATE.test(raw) && !Number.isNaN(date.getTime()) ? date : undefined;
}

/** PostgreSQL cannot store NUL in text, and UTF-8 cannot encode lone surrogates. */
const isStorable = (value: unknown): value is string => typeof value === 'string' && !/[\0\p{Surrogate}]/u.test(value);
