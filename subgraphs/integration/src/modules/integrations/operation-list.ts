import {
  listOf,
  withNodes,
  type Connection,
  type ListSource,
  type PageArguments,
} from '@flowmesh/platform/connections';
import { line, parseArgument } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Operation } from '../../clients/integration-client.ts';

/** Which operations a list shows; what is left out does not matter. */
export interface OperationFilter {
  /** Part of the name or description, in any case. */
  readonly search?: string | null;
  readonly readOnly?: boolean | null;
  readonly imported?: boolean | null;
}

export type OperationListArguments = PageArguments & { readonly filter?: OperationFilter | null };

const filterShape = z.object({
  search: line({ max: 100 }).nullish(),
  readOnly: z.boolean().nullish(),
  imported: z.boolean().nullish(),
});

const OPERATIONS = listOf({
  name: 'integrationOperations',
  orders: { NAME: { field: 'name', type: 'string' } },
  orderBy: { field: 'NAME', direction: 'ASC' },
});

/** A name is unique among the operations of an integration. */
interface Row {
  readonly id: string;
  readonly name: string;
  readonly operation: Operation;
}

/** Those that match, in their order. Throws `badInput` for a search that cannot be used. */
export function matching(operations: readonly Operation[], filter: OperationFilter | null | undefined): Operation[] {
  const { search, readOnly, imported } = parseArgument('filter', filterShape, filter ?? {});
  const part = search?.toLowerCase() ?? '';
  return operations.filter(
    (each) =>
      [each.name, each.description ?? ''].some((text) => text.toLowerCase().includes(part)) &&
      (readOnly == null || each.readOnly === readOnly) &&
      (imported == null || (each.imported ?? false) === imported),
  );
}

/** Operations of one integration are few and in memory: its row has them all. */
const source: ListSource<Row, readonly Operation[], 'name'> = {
  async page(operations, { cursor, take }) {
    const rows = operations.map((operation) => ({ id: operation.name, name: operation.name, operation }));
    rows.sort((one, other) => (one.name < other.name ? -1 : 1));
    return rows.filter(({ name }) => cursor === null || name > String(cursor.value)).slice(0, take);
  },
  count: async (operations) => operations.length,
};

/** A page of those that match, by name. Throws `badInput` for arguments that cannot be used. */
export async function pageOfOperations(
  operations: readonly Operation[],
  args: OperationListArguments,
): Promise<Connection<Operation>> {
  const page = await OPERATIONS.page(args, matching(operations, args.filter), source);
  return withNodes(
    page,
    page.nodes.map(({ operation }) => operation),
  );
}
