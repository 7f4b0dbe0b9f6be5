import type { Viewer } from '@flowmesh/platform/access';
import type { SubgraphSource } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { subgraphUnderTest } from '@flowmesh/platform/subgraph-testing';
import { signedInAs } from '@flowmesh/platform/testing';
import { createSubgraph } from '../subgraph.ts';
import { createLocalQueues } from './local-queues.ts';

export const user = (userId: string, ...extra: string[]): Viewer =>
  signedInAs(userId, ['agent:read', 'agent:execute', 'workflow:read', 'workflow:write', 'workflow:execute', ...extra]);

/** Stands in for the agent subgraph: agents whose id begins with `agent` exist and answer at once. */
function fakeAgents(): SubgraphSource {
  const executions = new Map<string, { id: string; input: unknown }>();
  return {
    name: 'agent',
    async execute({ query, variables = {} }) {
      if (query.includes('executeAgent')) {
        const { agentId, input, idempotencyKey } = variables['input'] as Record<string, string>;
        if (!agentId?.startsWith('agent')) {
          return { data: { executeAgent: { __typename: 'NotFoundError', message: 'none' } } };
        }
        const execution = executions.get(idempotencyKey ?? '') ?? { id: newId(), input };
        executions.set(idempotencyKey ?? '', execution);
        return { data: { executeAgent: { __typename: 'ExecuteAgentSuccess', execution } } };
      }
      if (query.includes('stopAgentExecution')) return { data: { stopAgentExecution: { __typename: 'X' } } };
      const wanted = variables['representations'] as { __typename: string; id: string }[];
      const _entities = wanted.map(({ __typename, id }) => {
        if (__typename === 'Agent') return id.startsWith('agent') ? { id } : null;
        const found = [...executions.values()].find((execution) => execution.id === id);
        return found ? { id, ...endOf(found.input) } : null;
      });
      return { data: { _entities } };
    },
    subscribe: () => Promise.reject(new Error('not here')),
    close: async () => undefined,
  };
}

/** What comes of an input; `characters` is the size of the output that it asks for. */
function endOf(input: unknown) {
  const { characters } = (input ?? {}) as { readonly characters?: number };
  if (characters === undefined) return { status: 'COMPLETED', output: { echo: input }, error: null };
  if (characters <= 5_000_000) return { status: 'COMPLETED', output: 'x'.repeat(characters), error: null };
  const message = `The output has ${characters + 2} bytes as JSON, and at most 5242880 are kept.`;
  return { status: 'FAILED', output: null, error: { code: 'TOO_LARGE', message, retryable: false } };
}

/** Stands in for the auth subgraph: everybody may do everything still. */
const everybody: SubgraphSource = {
  name: 'auth',
  async execute({ variables = {} }) {
    const wanted = variables['representations'] as { id: string }[];
    return { data: { _entities: wanted.map(() => ({ status: 'ACTIVE', scopes: ['*:*'], roles: [] })) } };
  },
  subscribe: () => Promise.reject(new Error('not here')),
  close: async () => undefined,
};

export type WorkflowHarness = Awaited<ReturnType<typeof startWorkflow>>;

/** The whole subgraph on a database of its own, with queues in this process. */
export async function startWorkflow() {
  const tested = await subgraphUnderTest('workflow', {
    connections: 10,
    queues: createLocalQueues(),
    services: new Map([
      ['agent', fakeAgents()],
      ['auth', everybody],
    ]),
  });
  const process = await tested.process((platform) => createSubgraph(platform, { api: true, worker: true }));
  return {
    source: process.source,
    pool: tested.pool,
    /** Data of an operation as clients read it; fails when there are errors. */
    async ask<T = Record<string, never>>(viewer: Viewer, query: string, variables: object = {}): Promise<T> {
      return JSON.parse(JSON.stringify(await process.ask(viewer, query, variables, { requestId: 'test' }))) as T;
    },
    stop: () => tested.stop(),
  };
}
