import fc from 'fast-check';
import type { Pool } from 'pg';
import { createPool, SqlConditions } from '../database/index.ts';
import { createTestDatabases, type TestDatabases } from '../subgraph-testing/test-databases.ts';
import { listOf, SqlList, type Connection, type ListArguments } from './index.ts';

interface Row {
  readonly id: string;
  readonly boxId: string;
  readonly at: Date | null;
  readonly name: string;
  readonly size: number;
}

interface Query {
  readonly name: string | null;
}

type Field = 'at' | 'name' | 'size';

const ORDERS = {
  orders: {
    AT: { field: 'at', type: 'date', nullable: true },
    NAME: { field: 'name', type: 'string' },
    SIZE: { field: 'size', type: 'integer' },
  },
  orderBy: { field: 'SIZE', direction: 'DESC' },
} as const;
const ROWS = listOf({ name: 'rows', ...ORDERS });
const ROWS_OF_BOX = listOf({ name: 'Box.rows', ...ORDERS });
const ALL: Query = { name: null };

let databases: TestDatabases<'list'>;
let pool: Pool;
let source: SqlList<Row, Query, Field>;
let statements = 0;

beforeAll(async () => {
  databases = await createTestDatabases('list');
  pool = createPool(databases.urls.list, { max: 1, applicationName: 'test' });
  await pool.query(
    'create table rows (id text collate "C", box_id text, at timestamptz, name text collate "C", size int)',
  );
  const counted = {
    query: (text: string, values: unknown[]) => {
      statements += 1;
      return pool.query(text, values);
    },
  } as unknown as Pool;
  source = new SqlList(counted, {
    columns: 'r.id, r.box_id as "boxId", r.at, r.name, r.size',
    from: 'rows r',
    where: ({ name }, parameters) => new SqlConditions(parameters).add((text) => `r.name = ${text}`, name).toString(),
    orderColumns: { at: 'r.at', name: 'r.name', size: 'r.size' },
    idColumn: 'r.id',
    parent: { column: 'r.box_id', field: 'boxId' },
  });
});
afterAll(async () => {
  await pool.end();
  await databases.drop();
});

async function fill(rows: readonly Row[]): Promise<void> {
  await pool.query('truncate rows');
  await pool.query(
    `insert into rows select x.id, x."boxId", x.at, x.name, x.size
     from jsonb_to_recordset($1::jsonb) as x(id text, "boxId" text, at timestamptz, name text, size int)`,
    [JSON.stringify(rows)],
  );
}

const key = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value);
const compare = (a: unknown, b: unknown) => (a === b ? 0 : (a as number) < (b as number) ? -1 : 1);

/** As clients are promised: by the value, rows without one last, equal ones by id in the same direction. */
function sorted(rows: readonly Row[], field: Field, direction: 'ASC' | 'DESC'): Row[] {
  const sign = direction === 'ASC' ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [key(one[field]), key(other[field])];
    if (a !== b && (a === null || b === null)) return a === null ? 1 : -1;
    return sign * (compare(a, b) || compare(one.id, other.id));
  });
}

/** All pages of a list, one after the other. */
async function readAll(page: (args: ListArguments<never>) => Promise<Connection<Row>>, first: number): Promise<Row[]> {
  const seen: Row[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { nodes, pageInfo }: Connection<Row> = await page({ first, after });
    seen.push(...nodes);
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  return seen;
}

const rowsOf = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', 'c') }),
    boxId: fc.constantFrom('one', 'two'),
    at: fc.option(fc.integer({ min: 0, max: 3 }).map((n) => new Date(n))),
    name: fc.constantFrom('', 'a', 'b', '"'),
    size: fc.constantFrom(-1, 0, 7),
  }),
  { selector: ({ id }) => id, maxLength: 12 },
);
const orderBy = fc.record({
  field: fc.constantFrom('AT' as const, 'NAME' as const, 'SIZE' as const),
  direction: fc.constantFrom('ASC' as const, 'DESC' as const),
});

test('reading page by page gives every row once, in order, of one list and of those of many objects', async () => {
  await fc.assert(
    fc.asyncProperty(rowsOf, orderBy, fc.integer({ min: 1, max: 4 }), async (rows, order, first) => {
      await fill(rows);
      const expected = sorted(rows, ORDERS.orders[order.field].field, order.direction);
      const read = (args: object) => ROWS.page({ ...args, orderBy: order }, ALL, source);
      expect(await readAll(read, first)).toEqual(expected);
      for (const [at, box] of ['one', 'two'].entries()) {
        const ofBox = async (args: object) =>
          (await ROWS_OF_BOX.pagesOf(['one', 'two'], { ...args, orderBy: order }, ALL, source))[at]!;
        expect(await readAll(ofBox, first)).toEqual(expected.filter(({ boxId }) => boxId === box));
      }
    }),
    { numRuns: 40 },
  );
});

test('the lists of many objects are one statement, and one more when they are counted', async () => {
  const row = (boxId: string, id: string): Row => ({ id, boxId, at: null, name: id, size: 1 });
  await fill([row('one', 'a'), row('one', 'b'), row('two', 'c'), row('two', 'a')]);
  statements = 0;
  const pages = await ROWS_OF_BOX.pagesOf(['two', 'none', 'one'], { first: 1 }, { name: 'a' }, source);
  expect(pages.map(({ nodes }) => nodes)).toEqual([[row('two', 'a')], [], [row('one', 'a')]]);
  expect(statements).toBe(1);
  expect(await Promise.all(pages.map((page) => page.totalCount()))).toEqual([1, 0, 1]);
  expect(statements).toBe(2);
});
