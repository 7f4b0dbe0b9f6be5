import type { Caller } from '@flowmesh/platform/access';
import { ErrorCode, unavailable } from '@flowmesh/platform/errors';
import { ServiceAwayError, ServiceRefusedError, type Services } from '@flowmesh/platform/services';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import { allWork } from './nested-steps.ts';
import type { WorkflowProblem } from './problem.ts';

const KNOWN = `query KnownAgents($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Agent { id } }
}`;

interface Found {
  readonly _entities: readonly ({ readonly id: string } | null)[];
}

/** Asks the agent service which of the agents exist, in one query. */
export class KnownAgents {
  constructor(private readonly services: Services) {}

  /** AGENT steps whose agent does not exist or is not visible to the caller. Throws when this cannot be checked. */
  async problems(steps: readonly StepDefinition[], caller: Caller): Promise<WorkflowProblem[]> {
    const placed = allWork(steps);
    const wanted = [...new Set(placed.flatMap(({ step }) => step.agentId ?? []))];
    if (wanted.length === 0) return [];
    const known = await this.known(wanted, caller);
    return placed.flatMap(({ step: { id, agentId }, path }): WorkflowProblem[] => {
      if (agentId === null || known.has(agentId)) return [];
      const message = `there is no agent ${agentId}, or you may not see it`;
      return [{ code: 'UNKNOWN_AGENT', path: `${path}.agentId`, stepId: id, message }];
    });
  }

  private async known(ids: readonly string[], caller: Caller): Promise<Set<string>> {
    const service = this.services.get('agent');
    if (!service) throw new Error('the agent subgraph is not configured');
    const representations = ids.map((id) => ({ __typename: 'Agent', id }));
    try {
      const found = await service.ask<Found>({ query: KNOWN, variables: { representations } }, caller);
      return new Set(found._entities.flatMap((agent) => agent?.id ?? []));
    } catch (error) {
      // Without the right to read agents, there are none for this viewer.
      if (error instanceof ServiceRefusedError && error.code === ErrorCode.forbidden) return new Set();
      if (error instanceof ServiceAwayError) throw unavailable(`The agents cannot be checked: ${error.message}`);
      throw error;
    }
  }
}
