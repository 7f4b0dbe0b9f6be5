import { withNodes, type Connection, type PageArguments } from '@flowmesh/platform/connections';
import type { IntegrationRecord } from '../integrations/integration-record.ts';
import { DEPENDENTS, type DependentQuery, type ShownDependent } from './dependent-record.ts';
import type { DependentStore } from './dependent-store.ts';

export type DependentArguments = PageArguments & { readonly kind?: DependentQuery['kind'] | undefined };

/** What uses integrations. Whoever may see an integration may see what uses it. */
export class DependentService {
  constructor(private readonly store: DependentStore) {}

  /** By name, in the order of the integrations. */
  async listsOf(of: readonly IntegrationRecord[], args: DependentArguments): Promise<Connection<ShownDependent>[]> {
    const ids = of.map(({ id }) => id);
    const pages = await DEPENDENTS.pagesOf(ids, args, { kind: args.kind ?? null }, this.store.list);
    return pages.map((page, at) => {
      const integration = of[at] as IntegrationRecord;
      return withNodes(
        page,
        page.nodes.map((node) => ({ ...node, integration })),
      );
    });
  }
}
