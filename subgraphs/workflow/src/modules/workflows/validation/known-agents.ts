import { unavailable } from '@flowmesh/platform/errors';
import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';
import type { StepDefinition } from '../../executions/engine/definition.ts';
import { stepProblem, type WorkflowProblem } from './problem.ts';

const KNOWN = `query KnownAgents($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Agent { id } }
}`;

/** Who asks; agents are those this viewer may see. */
export type Caller = Pick<CallContext, 'viewer' | 'requestId' | 'signal'>;

/** Asks the agent subgraph which of the agents exist, in one query. */
export class KnownAgents {
  constructor(private readonly subgraphs: SubgraphSources) {}

  /** AGENT steps whose agent does not exist, or is not the caller's to see. Throws when it cannot be found out. */
  async problems(steps: readonly StepDefinition[], caller: Caller): Promise<WorkflowProblem[]> {
    const wanted = [...new Set(steps.flatMap(({ agentId }) => agentId ?? []))];
    if (wanted.length === 0) return [];
    const known = await this.known(wanted, caller);
    return steps.flatMap(({ id, agentId }, index) =>
      agentId === null || known.has(agentId)
        ? []
        : [stepProblem(index, id, 'UNKNOWN_AGENT', 'agentId', `there is no agent ${agentId}, or you may not see it`)],
    );
  }

  private async known(ids: readonly string[], caller: Caller): Promise<Set<string>> {
    const source = this.subgraphs.get('agent');
    if (!source) throw new Error('the agent subgraph is not configured');
    const representations = ids.map((id) => ({ __typename: 'Agent', id }));
    const result = await source.execute({ query: KNOWN, variables: { representations } }, caller);
    const [problem] = result.errors ?? [];
    // Without the right to read agents, there are none for this viewer.
    if (problem?.extensions['code'] === 'FORBIDDEN') return new Set();
    if (problem) throw unavailable(`The agents cannot be checked: ${problem.message}`);
    const entities = (result.data?.['_entities'] ?? []) as readonly ({ readonly id: string } | null)[];
    return new Set(entities.flatMap((agent) => agent?.id ?? []));
  }
}
