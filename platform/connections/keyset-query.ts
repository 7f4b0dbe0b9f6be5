import { badInput } from '../errors/index.ts';
import { decodeCursor, type Cursor, type KeysetOrder } from './cursor.ts';

/** Arguments of a connection, as GraphQL hands them over. */
export interface PageArguments {
  /** 1 to 100; 20 when left out. */
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/**
 * Parts of a Prisma `findMany`. They are typed as plain objects because they fit any model that has the field:
 * `findMany({ where: { AND: [filter, page.where] }, orderBy: page.orderBy, take: page.take })`.
 */
export interface KeysetQuery {
  readonly where: object;
  readonly orderBy: object[];
  /** One row more than asked for: it tells whether there is a next page. */
  readonly take: number;
}

const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

/** Rows of a page; throws `badInput('first', …)` when out of range. */
export function pageSize({ first }: PageArguments): number {
  const size = first ?? DEFAULT_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) {
    throw badInput('first', `must be from 1 to ${MAX_PAGE}`);
  }
  return size;
}

/** The rows behind `after`, in this order. Throws `badInput` for arguments that cannot be used. */
export function keysetQuery(args: PageArguments, order: KeysetOrder): KeysetQuery {
  const size = pageSize(args);
  const cursor = args.after == null ? null : decodeCursor(args.after, order);
  return { where: cursor ? behind(cursor, order) : {}, orderBy: orderBy(order), take: size + 1 };
}

function orderBy({ field, direction, nullable }: KeysetOrder): object[] {
  const sort = direction === 'ASC' ? 'asc' : 'desc';
  if (field === 'id') return [{ id: sort }];
  return [{ [field]: nullable ? { sort, nulls: 'last' } : sort }, { id: sort }];
}

function behind({ value, id }: Cursor, { field, direction, nullable }: KeysetOrder): object {
  const further = direction === 'ASC' ? 'gt' : 'lt';
  const laterId = { id: { [further]: id } };
  if (field === 'id') return laterId;
  if (value === null) return { AND: [{ [field]: null }, laterId] };
  // The first condition follows from the second; it is what lets an index on the field be entered at the cursor.
  const later = {
    AND: [{ [field]: { [`${further}e`]: value } }, { OR: [{ [field]: { [further]: value } }, laterId] }],
  };
  return nullable ? { OR: [later, { [field]: null }] } : later;
}
