import { encodeCursor, type KeysetOrder, type KeysetValue } from './cursor.ts';
import { pageSize, type PageArguments } from './keyset-query.ts';

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

/** Its cursor is written when it is read: most clients want the one of the page only. */
class PageEdge<Field extends string, Node extends { readonly id: string } & Readonly<Record<Field, unknown>>> {
  constructor(
    readonly node: Node,
    private readonly order: KeysetOrder<Field>,
  ) {}

  get cursor(): string {
    const { node, order } = this;
    return encodeCursor(order, { value: (node[order.field] ?? null) as KeysetValue, id: node.id });
  }
}

/** Makes the page from the rows that `keysetQuery` with the same arguments and order has found. */
export function toConnection<
  Field extends string,
  Row extends { readonly id: string } & Readonly<Record<Field, unknown>>,
>(rows: readonly Row[], args: PageArguments, order: KeysetOrder<Field>, count: () => Promise<number>): Connection<Row> {
  const size = pageSize(args);
  const nodes = rows.slice(0, size);
  const edges = nodes.map((node) => new PageEdge(node, order));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: rows.length > size,
      // A cursor is given for a row, so with one there is a row before this page.
      hasPreviousPage: args.after != null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: count,
  };
}
