import { badInput } from '../errors/index.ts';

/** Arguments of every list, as they arrive. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** What a list is ordered by. Rows with the same value are ordered by id, so that the order is total. */
export interface KeysetOrder {
  /** Name of the field in the Prisma model, and of the row's property. */
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
  readonly type: 'date' | 'string' | 'number';
  /** The column may be null; such rows come last, whatever the direction. */
  readonly nullable?: boolean;
}

/** To be spread into Prisma's findMany; `take` is one more than asked for, to see whether a page follows. */
export interface KeysetQuery {
  readonly where: Record<string, unknown>;
  readonly orderBy: Record<string, unknown>[];
  readonly take: number;
}

const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

type CursorValue = string | number | null;

export function pageSize(args: PageArguments): number {
  const first = args.first ?? DEFAULT_PAGE;
  if (!Number.isInteger(first) || first < 1 || first > MAX_PAGE) {
    throw badInput('first', `must be a whole number from 1 to ${MAX_PAGE}`);
  }
  return first;
}

/** Opaque to clients; carries its order, so that a cursor of another order is refused instead of giving nonsense. */
export function encodeCursor(order: KeysetOrder, row: object): string {
  const { id, [order.field]: value } = row as Record<string, unknown> & { id: string };
  const plain = value instanceof Date ? value.toISOString() : (value as CursorValue | undefined);
  return Buffer.from(JSON.stringify([order.field, order.direction, plain ?? null, id])).toString('base64url');
}

function decodeCursor(order: KeysetOrder, cursor: string): { value: CursorValue | Date; id: string } {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    parts = undefined;
  }
  if (!Array.isArray(parts) || parts.length !== 4 || typeof parts[3] !== 'string') {
    throw badInput('after', 'is not a cursor of this list; use `pageInfo.endCursor` of the page before');
  }
  const [field, direction, value, id] = parts as [unknown, unknown, unknown, string];
  if (field !== order.field || direction !== order.direction) {
    throw badInput('after', 'belongs to a list in another order; use the same `orderBy` for all pages');
  }
  return { value: cursorValue(order, value), id };
}

function cursorValue(order: KeysetOrder, value: unknown): CursorValue | Date {
  if (value === null && order.nullable) return null;
  if (order.type === 'number' && typeof value === 'number') return value;
  if (order.type === 'string' && typeof value === 'string') return value;
  if (order.type === 'date' && typeof value === 'string') {
    const date = new Date(value);
    if (!Number.isNaN(date.getTime())) return date;
  }
  throw badInput('after', 'is not a cursor of this list; use `pageInfo.endCursor` of the page before');
}

/**
 * One page of a list by keyset: cost does not grow with the page's number, and rows added or removed meanwhile shift
 * nothing. Throws BAD_USER_INPUT for `first` out of 1 to 100 and for a cursor that is not of this list and order.
 */
export function keysetQuery(args: PageArguments, order: KeysetOrder): KeysetQuery {
  const take = pageSize(args) + 1;
  const sort = order.direction === 'ASC' ? 'asc' : 'desc';
  const orderBy = [{ [order.field]: order.nullable ? { sort, nulls: 'last' } : sort }, { id: sort }];
  if (args.after === undefined || args.after === null) return { where: {}, orderBy, take };
  return { where: behind(order, decodeCursor(order, args.after)), orderBy, take };
}

function behind(order: KeysetOrder, cursor: { value: CursorValue | Date; id: string }): Record<string, unknown> {
  const beyond = order.direction === 'ASC' ? 'gt' : 'lt';
  if (cursor.value === null) return { [order.field]: null, id: { [beyond]: cursor.id } };
  const alternatives: Record<string, unknown>[] = [
    { [order.field]: { [beyond]: cursor.value } },
    { [order.field]: cursor.value, id: { [beyond]: cursor.id } },
  ];
  if (order.nullable) alternatives.push({ [order.field]: null });
  return { OR: alternatives };
}
