import fc from 'fast-check';
import { PublicError } from '../errors/index.ts';
import { toConnection } from './connection.ts';
import { encodeCursor, type KeysetOrder } from './cursor.ts';
import { keysetOf, type PageArguments } from './keyset.ts';
import { prismaKeyset } from './prisma-keyset.ts';

interface Row {
  readonly id: string;
  readonly at: Date | null;
  readonly name: string;
  readonly size: number;
}

type Condition = Readonly<Record<string, unknown>>;

const keysetQuery = (args: PageArguments, order: KeysetOrder) => prismaKeyset(keysetOf(args, order));

const key = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value);

/** What Prisma and PostgreSQL make of the conditions and orders that occur. */
function matches(row: Row, where: object): boolean {
  return Object.entries(where as Condition).every(([name, wanted]) => {
    if (name === 'AND') return (wanted as object[]).every((part) => matches(row, part));
    if (name === 'OR') return (wanted as object[]).some((part) => matches(row, part));
    const value = key(row[name as keyof Row]);
    if (wanted === null) return value === null;
    return Object.entries(wanted as Condition).every(([operator, operand]) => {
      const order = value === null ? NaN : compare(value, key(operand));
      return { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[operator];
    });
  });
}

const compare = (a: unknown, b: unknown) => (a === b ? 0 : (a as number) < (b as number) ? -1 : 1);

function sorted(rows: readonly Row[], orderBy: readonly object[]): Row[] {
  return [...rows].sort((left, right) => {
    for (const part of orderBy) {
      const [name, direction] = Object.entries(part)[0] as [keyof Row, string | { sort: string; nulls: string }];
      const [a, b] = [key(left[name]), key(right[name])];
      if (a === b) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      return compare(a, b) * ((typeof direction === 'string' ? direction : direction.sort) === 'asc' ? 1 : -1);
    }
    return 0;
  });
}

function page(rows: readonly Row[], args: { first?: number; after?: string | null }, order: KeysetOrder<keyof Row>) {
  const keyset = keysetOf(args, order);
  const { where, orderBy, take } = prismaKeyset(keyset);
  const found = sorted(
    rows.filter((row) => matches(row, where)),
    orderBy,
  ).slice(0, take);
  return toConnection(found, keyset, async () => rows.length);
}

const orders: KeysetOrder<keyof Row>[] = (['ASC', 'DESC'] as const).flatMap((direction) => [
  { list: 'rows', field: 'at', direction, type: 'date', nullable: true } as const,
  { list: 'rows', field: 'name', direction, type: 'string' } as const,
  { list: 'rows', field: 'size', direction, type: 'integer' } as const,
  { list: 'rows', field: 'id', direction, type: 'string' } as const,
]);

test('reading page by page gives every row once, in order, whatever the values', () => {
  const rowsOf = fc.uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', 'c', 'é') }),
      at: fc.option(fc.integer({ min: 0, max: 3 }).map((n) => new Date(n))),
      name: fc.constantFrom('', 'a', 'b', '"'),
      size: fc.constantFrom(-1, 0, 7),
    }),
    { selector: ({ id }) => id, maxLength: 12 },
  );
  fc.assert(
    fc.property(rowsOf, fc.constantFrom(...orders), fc.integer({ min: 1, max: 4 }), (rows, order, first) => {
      const seen: Row[] = [];
      let after: string | null = null;
      for (let more = true; more;) {
        const { nodes, edges, pageInfo } = page(rows, { first, after }, order);
        expect(pageInfo.hasPreviousPage).toBe(after !== null);
        expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null);
        seen.push(...nodes);
        after = pageInfo.endCursor;
        more = pageInfo.hasNextPage;
        if (more) expect(nodes).toHaveLength(first);
      }
      expect(seen).toEqual(sorted(rows, keysetQuery({}, order).orderBy));
    }),
    { numRuns: 500 },
  );
});

test('the parts of the query', () => {
  const order: KeysetOrder = { list: 'rows', field: 'at', direction: 'DESC', type: 'date', nullable: true };
  const at = new Date('2026-01-31T12:00:00.123Z');
  expect(keysetQuery({ first: 2 }, order)).toEqual({
    where: {},
    orderBy: [{ at: { sort: 'desc', nulls: 'last' } }, { id: 'desc' }],
    take: 3,
  });
  expect(keysetQuery({ after: encodeCursor(order, { value: at, id: 'x' }) }, order)).toEqual({
    where: {
      OR: [{ AND: [{ at: { lte: at } }, { OR: [{ at: { lt: at } }, { id: { lt: 'x' } }] }] }, { at: null }],
    },
    orderBy: [{ at: { sort: 'desc', nulls: 'last' } }, { id: 'desc' }],
    take: 21,
  });
});

test('counts only when asked', async () => {
  const count = jest.fn(async () => 7);
  const connection = toConnection([] as Row[], keysetOf({}, orders[0]!), count);
  expect(connection.pageInfo).toEqual({
    hasNextPage: false,
    hasPreviousPage: false,
    startCursor: null,
    endCursor: null,
  });
  expect(count).not.toHaveBeenCalled();
  expect(await connection.totalCount()).toBe(7);
});

const refusal = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error instanceof PublicError ? error.extensions.argument : error;
  }
};

test.each([0, -1, 101, 1.5, NaN])('refuses first: %p', (first) => {
  expect(refusal(() => keysetQuery({ first }, orders[0]!))).toBe('first');
});

test('refuses cursors that are damaged or belong to another list or order', () => {
  const byName: KeysetOrder = { list: 'rows', field: 'name', direction: 'ASC', type: 'string' };
  const cursor = encodeCursor(byName, { value: 'a', id: 'x' });
  expect(refusal(() => keysetQuery({ after: cursor }, byName))).toMatchObject({ take: 21 });
  const raw = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const bad: [string, KeysetOrder][] = [
    [cursor, { ...byName, direction: 'DESC' }],
    [cursor, { ...byName, field: 'title' }],
    [cursor, { ...byName, list: 'others' }],
    [raw('name', 'ASC', 'a', 'x'), byName],
    ['', byName],
    ['not a cursor', byName],
    [`${cursor}====`, byName],
    [raw('rows', 'name', 'ASC', 'a'), byName],
    [raw('rows', 'name', 'ASC', null, 'x'), byName],
    [raw('rows', 'name', 'ASC', 'a\0', 'x'), byName],
    [raw('rows', 'name', 'ASC', 'a', { gt: '' }), byName],
    [raw('rows', 'name', 'ASC', { not: null }, 'x'), byName],
    [raw('rows', 'name', 'ASC', 'a'.repeat(5_000), 'x'), byName],
    [raw('rows', 'at', 'ASC', '2026-02-30', 'x'), { list: 'rows', field: 'at', direction: 'ASC', type: 'date' }],
    [
      raw('rows', 'at', 'ASC', '+275760-09-13T00:00:00.000Z', 'x'),
      { list: 'rows', field: 'at', direction: 'ASC', type: 'date' },
    ],
    [
      raw('rows', 'at', 'ASC', '0000-01-01T00:00:00.000Z', 'x'),
      { list: 'rows', field: 'at', direction: 'ASC', type: 'date' },
    ],
    ...['1', 1e308, 1.5, 2 ** 31, null].map((size): [string, KeysetOrder] => [
      raw('rows', 'size', 'ASC', size, 'x'),
      { list: 'rows', field: 'size', direction: 'ASC', type: 'integer' },
    ]),
  ];
  for (const [after, order] of bad) expect(refusal(() => keysetQuery({ after }, order))).toBe('after');
});
