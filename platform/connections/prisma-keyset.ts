import type { Cursor, KeysetOrder } from './cursor.ts';
import type { Keyset } from './keyset.ts';

/**
 * Parts of a Prisma `findMany`. They are typed as plain objects because they fit any model that has the field:
 * `findMany({ where: { AND: [filter, page.where] }, orderBy: page.orderBy, take: page.take })`.
 */
export interface PrismaKeyset {
  readonly where: object;
  readonly orderBy: object[];
  readonly take: number;
}

/** A page, as Prisma is asked for it. */
export function prismaKeyset({ order, cursor, take }: Keyset): PrismaKeyset {
  return { where: cursor ? behind(cursor, order) : {}, orderBy: orderBy(order), take };
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
  // The first condition follows from the second; it lets PostgreSQL start an index scan at the cursor.
  const later = {
    AND: [{ [field]: { [`${further}e`]: value } }, { OR: [{ [field]: { [further]: value } }, laterId] }],
  };
  return nullable ? { OR: [later, { [field]: null }] } : later;
}
