import type { Pool, QueryResultRow } from 'pg';
import { SqlParameters } from '../database/sql-parameters.ts';
import { mapInTurns } from '../turns/index.ts';
import type { KeysetOrder } from './cursor.ts';
import type { Keyset } from './keyset.ts';
import type { ListSource, ListsSource } from './list-of.ts';

/** The table-specific parts of a list in SQL. The texts become parts of a statement, so they must never come from clients. */
export interface SqlListParts<Row, Query, Field extends string, Stored> {
  /** What stands behind `select`. */
  readonly columns: string;
  /** What stands behind `from`. */
  readonly from: string | ((query: Query, parameters: SqlParameters) => string);
  /** The condition on the rows that the list shows to this viewer, under this filter. */
  readonly where: (query: Query, parameters: SqlParameters) => string;
  /** The columns that the list can be ordered by, as they are called in the statement, e.g. `e.created_at`. */
  readonly orderColumns: Readonly<Record<Field, string>>;
  /** The column that orders equal values, e.g. `e.id`; null where no two rows of a list have the same value. */
  readonly idColumn: string | null;
  /** Only for lists of parent objects: the column with the parent's id, and the field of the row for it. */
  readonly parent?: { readonly column: string; readonly field: keyof Row & string };
  /** Left out: rows are shown as they come. */
  readonly toRow?: (stored: Stored) => Row;
}

const CASTS = { date: 'timestamptz', string: 'text', integer: 'int4' } as const;

/** Reads pages of a list and counts its rows, with one statement each, regardless of the number of rows and parents. */
export class SqlList<Row, Query, Field extends string, Stored = Row>
  implements ListSource<Row, Query, Field>, ListsSource<Row, Query, Field>
{
  constructor(
    private readonly pool: Pool,
    private readonly parts: SqlListParts<Row, Query, Field, Stored>,
  ) {}

  page(query: Query, keyset: Keyset<Field>): Promise<Row[]> {
    const parameters = new SqlParameters();
    return this.rows(this.pageSql('', query, keyset, parameters), parameters);
  }

  async count(query: Query): Promise<number> {
    const parameters = new SqlParameters();
    const sql = `select count(*)::int as count from ${this.from(query, parameters)}
      where ${this.parts.where(query, parameters)}`;
    return (await this.pool.query<{ count: number }>(sql, parameters.values)).rows[0]?.count ?? 0;
  }

  /** The same page for each of these parents, in one statement. */
  async pagesOf(parentIds: readonly string[], query: Query, keyset: Keyset<Field>): Promise<Map<string, Row[]>> {
    const { column, field } = this.parent();
    const parameters = new SqlParameters();
    const sql = `select p.* from unnest(${parameters.add(parentIds)}::text[]) as parent(id) cross join lateral (
        ${this.pageSql(`${column} = parent.id and `, query, keyset, parameters)}
      ) p`;
    const pages = new Map<string, Row[]>(parentIds.map((id) => [id, []]));
    for (const row of await this.rows(sql, parameters)) pages.get(String(row[field]))?.push(row);
    return pages;
  }

  /** Rows of each of these parents, in one statement; parents without any are left out. */
  async countsOf(parentIds: readonly string[], query: Query): Promise<Map<string, number>> {
    const { column } = this.parent();
    const parameters = new SqlParameters();
    const sql = `select ${column} as id, count(*)::int as count from ${this.from(query, parameters)}
      where ${column} = any(${parameters.add(parentIds)}) and ${this.parts.where(query, parameters)} group by ${column}`;
    const { rows } = await this.pool.query<{ id: string; count: number }>(sql, parameters.values);
    return new Map(rows.map(({ id, count }) => [id, count]));
  }

  private parent() {
    if (!this.parts.parent) throw new Error('This list belongs to no other objects.');
    return this.parts.parent;
  }

  private from(query: Query, parameters: SqlParameters): string {
    const { from } = this.parts;
    return typeof from === 'string' ? from : from(query, parameters);
  }

  private pageSql(condition: string, query: Query, keyset: Keyset<Field>, parameters: SqlParameters): string {
    const { columns, where } = this.parts;
    return `select ${columns} from ${this.from(query, parameters)}
      where ${condition}${where(query, parameters)} and ${this.behindSql(keyset, parameters)}
      order by ${this.orderSql(keyset.order)} limit ${parameters.add(keyset.take)}`;
  }

  /** The condition on rows behind the cursor; rows without a value come last in both directions. */
  private behindSql({ cursor, order }: Keyset<Field>, parameters: SqlParameters): string {
    if (!cursor) return 'true';
    const { idColumn, orderColumns } = this.parts;
    const column = orderColumns[order.field];
    const operator = order.direction === 'ASC' ? '>' : '<';
    const value = () => `${parameters.add(cursor.value)}::${CASTS[order.type]}`;
    if (idColumn === null) return `${column} ${operator} ${value()}`;
    if (cursor.value === null) return `(${column} is null and ${idColumn} ${operator} ${parameters.add(cursor.id)})`;
    const row = `(${column}, ${idColumn}) ${operator} (${value()}, ${parameters.add(cursor.id)})`;
    return order.nullable ? `(${row} or ${column} is null)` : row;
  }

  private orderSql({ field, direction, nullable }: KeysetOrder<Field>): string {
    const { idColumn, orderColumns } = this.parts;
    const byValue = `${orderColumns[field]} ${direction}${nullable ? ' nulls last' : ''}`;
    return idColumn === null ? byValue : `${byValue}, ${idColumn} ${direction}`;
  }

  private async rows(sql: string, parameters: SqlParameters): Promise<Row[]> {
    const { rows } = await this.pool.query<QueryResultRow>(sql, parameters.values);
    const { toRow } = this.parts;
    return toRow ? mapInTurns(rows as Stored[], toRow) : (rows as Row[]);
  }
}
