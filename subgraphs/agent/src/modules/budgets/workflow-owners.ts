import type { Caller } from '@flowmesh/platform/access';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';

const OWNER = `query BudgetedWorkflow($id: ID!) { workflow(id: $id) { owner { id } } }`;
const TIMEOUT_MS = 5_000;

/** Whose workflows are, as the workflow service tells whoever asks. */
export class WorkflowOwners {
  constructor(private readonly services: Services) {}

  /** Null for one that the caller may not see; undefined when that cannot be told. */
  async ownerOf({ viewer, requestId }: Caller, id: string): Promise<string | null | undefined> {
    const service = this.services.get('workflow');
    if (!service) return undefined;
    try {
      const { workflow } = await service.ask<{ workflow: { owner: { id: string } } | null }>(
        { query: OWNER, variables: { id } },
        { viewer, requestId, timeoutMs: TIMEOUT_MS },
      );
      return workflow?.owner.id ?? null;
    } catch (error) {
      if (error instanceof ServiceRefusedError) return null;
      if (error instanceof ServiceAwayError) return undefined;
      throw error;
    }
  }
}
