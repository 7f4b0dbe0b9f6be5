import { badInput } from '../errors/index.ts';
import { decodeCursor, type Cursor, type KeysetOrder } from './cursor.ts';

/** Arguments of a connection, as GraphQL hands them over. */
export interface PageArguments {
  /** 1 to 100; 20 when left out. */
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** Selects the rows of a page: those after the cursor, in this order. Used by `prismaKeyset` and `SqlList`. */
export interface Keyset<Field extends string = string> {
  readonly order: KeysetOrder<Field>;
  /** Null for the first page. */
  readonly cursor: Cursor | null;
  /** One row more than asked for: it tells whether there is a next page. */
  readonly take: number;
}

const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

/** Throws `badInput` for a `first` that is out of range, and for an `after` that is no cursor of this list and order. */
export function keysetOf<Field extends string>(
  { first, after }: PageArguments,
  order: KeysetOrder<Field>,
): Keyset<Field> {
  const size = first ?? DEFAULT_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) {
    throw badInput('first', `must be from 1 to ${MAX_PAGE}`);
  }
  return { order, cursor: after == null ? null : decodeCursor(after, order), take: size + 1 };
}
