import { encodeCursor, type KeysetOrder, type KeysetValue } from './cursor.ts';
import type { Keyset } from './keyset.ts';

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

/**
 * A page of rows, as the connection types of the schema show it. Map the GraphQL type to it (`…ConnectionMapper` in
 * schema.mappers.ts) and give it `connectionResolvers`.
 */
export interface Connection<Node> {
  readonly edges: Edge<Node>[];
  readonly nodes: Node[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  /** Counts when called, so only when the field is asked for. */
  totalCount(): Promise<number>;
}

/** Resolvers of every connection type. Functions among the data are not called by the executor of local subgraphs. */
export const connectionResolvers = {
  totalCount: (connection: { totalCount(): Promise<number> }): Promise<number> => connection.totalCount(),
};

/** A row of a list that is ordered by one of these fields. */
export type ListRow<Field extends string> = { readonly id: string } & Readonly<Record<Field, unknown>>;

/** The cursor is computed when it is read, because most clients only use those of the page. */
class PageEdge<Field extends string, Node extends ListRow<Field>> {
  constructor(
    readonly node: Node,
    private readonly order: KeysetOrder<Field>,
  ) {}

  get cursor(): string {
    const { node, order } = this;
    return encodeCursor(order, { value: (node[order.field] ?? null) as KeysetValue, id: node.id });
  }
}

/** Makes the page from the rows that were found for the keyset. */
export function toConnection<Field extends string, Row extends ListRow<Field>>(
  rows: readonly Row[],
  { order, cursor, take }: Keyset<Field>,
  count: () => Promise<number>,
): Connection<Row> {
  const nodes = rows.slice(0, take - 1);
  const edges = nodes.map((node) => new PageEdge(node, order));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: rows.length === take,
      // A cursor is given for a row, so with one there is a row before this page.
      hasPreviousPage: cursor !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: count,
  };
}

/**
 * The same page with other nodes, e.g. the objects for rows that only contain their position. Null nodes are left out.
 */
export function withNodes<Row, Node>(page: Connection<Row>, nodes: readonly (Node | null)[]): Connection<Node> {
  const edges = page.edges.flatMap(({ cursor }, at) => {
    const node = nodes[at] ?? null;
    return node === null ? [] : [{ node, cursor }];
  });
  return { ...page, edges, nodes: edges.map(({ node }) => node) };
}
