import { toConnection, type Connection, type ListRow } from './connection.ts';
import type { KeysetOrder } from './cursor.ts';
import { keysetOf, type Keyset, type PageArguments } from './keyset.ts';

export type Direction = 'ASC' | 'DESC';

/** Arguments of a list, as GraphQL hands them over. */
export interface ListArguments<Order extends string = string, Filter = object> extends PageArguments {
  readonly filter?: Filter | null | undefined;
  readonly orderBy?: { readonly field?: Order; readonly direction?: Direction } | null | undefined;
}

type Orders = Readonly<Record<string, Pick<KeysetOrder, 'field' | 'type' | 'nullable'>>>;

export interface ListOptions<Known extends Orders> {
  /** The list in the schema, e.g. `agents` or `Agent.executions`: a cursor is only valid for the list that issued it. */
  readonly name: string;
  /** What it can be ordered by, under the names that clients use. */
  readonly orders: Known;
  /** The order when clients ask for none. */
  readonly orderBy: { readonly field: keyof Known & string; readonly direction: Direction };
}

/** Reads the rows of a list. `query` selects those that the viewer may see and that match the filter. */
export interface ListSource<Row, Query, Field extends string = string> {
  page(query: Query, keyset: Keyset<Field>): Promise<readonly Row[]>;
  count(query: Query): Promise<number>;
}

/** Reads the rows of a list that many parent objects have, for all parents at once. */
export interface ListsSource<Row, Query, Field extends string = string> {
  pagesOf(
    parentIds: readonly string[],
    query: Query,
    keyset: Keyset<Field>,
  ): Promise<ReadonlyMap<string, readonly Row[]>>;
  countsOf(parentIds: readonly string[], query: Query): Promise<ReadonlyMap<string, number>>;
}

export interface List<Order extends string, Field extends string> {
  /** A page of the list. Throws `badInput` for arguments that cannot be used. */
  page<Row extends ListRow<Field>, Query>(
    args: ListArguments<Order>,
    query: Query,
    source: ListSource<Row, Query, Field>,
  ): Promise<Connection<Row>>;
  /** The same page of the list of each of these objects, in their order. */
  pagesOf<Row extends ListRow<Field>, Query>(
    parentIds: readonly string[],
    args: ListArguments<Order>,
    query: Query,
    source: ListsSource<Row, Query, Field>,
  ): Promise<Connection<Row>[]>;
}

/**
 * A paginated list of the schema: the orders that clients can choose, and its cursors. Rows are only counted when
 * `totalCount` is selected; the lists of many parent objects are counted together.
 */
export function listOf<const Known extends Orders>({
  name,
  orders,
  orderBy,
}: ListOptions<Known>): List<keyof Known & string, Known[keyof Known]['field']> {
  type Field = Known[keyof Known]['field'];
  const keyset = (args: ListArguments): Keyset<Field> => {
    const asked = args.orderBy?.field as (keyof Known & string) | undefined;
    const order = orders[asked ?? orderBy.field] as Pick<KeysetOrder<Field>, 'field' | 'type' | 'nullable'>;
    return keysetOf(args, { list: name, ...order, direction: args.orderBy?.direction ?? orderBy.direction });
  };
  return {
    async page(args, query, source) {
      const page = keyset(args);
      return toConnection(await source.page(query, page), page, () => source.count(query));
    },
    async pagesOf(parentIds, args, query, source) {
      const page = keyset(args);
      const pages = await source.pagesOf(parentIds, query, page);
      let counts: Promise<ReadonlyMap<string, number>> | undefined;
      const count = async (id: string) => (await (counts ??= source.countsOf(parentIds, query))).get(id) ?? 0;
      return parentIds.map((id) => toConnection(pages.get(id) ?? [], page, () => count(id)));
    },
  };
}
