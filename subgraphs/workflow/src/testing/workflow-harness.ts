import { Registry } from 'prom-client';
import type { Viewer } from '@flowmesh/platform/access';
import { loadPlatformConfig } from '@flowmesh/platform/config';
import { createEventBus } from '@flowmesh/platform/events';
import { createLocalSource, type SubgraphSource } from '@flowmesh/platform/federation';
import { newId } from '@flowmesh/platform/ids';
import { Lifecycle } from '@flowmesh/platform/lifecycle';
import type { QueueSystem } from '@flowmesh/platform/queue';
import { createServices } from '@flowmesh/platform/services';
import type { Platform } from '@flowmesh/platform/subgraph';
import { createSubgraph } from '../subgraph.ts';
import { createLocalQueues } from './local-queues.ts';
import { silent, startTestDatabase } from './test-database.ts';

export const user = (userId: string, ...extra: string[]): Viewer => ({
  kind: 'user',
  userId,
  sessionId: userId,
  expiresAt: Date.now() / 1_000 + 3_600,
  scopes: ['agent:read', 'agent:execute', 'workflow:read', 'workflow:write', 'workflow:execute', ...extra],
});

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
        return found ? { id, status: 'COMPLETED', output: { echo: found.input }, error: null } : null;
      });
      return { data: { _entities } };
    },
    subscribe: () => Promise.reject(new Error('not here')),
    close: async () => undefined,
  };
}

export interface WorkflowHarness {
  readonly source: SubgraphSource;
  /** Data of an operation; fails when there are errors. */
  ask<T = Record<string, never>>(viewer: Viewer, query: string, variables?: Record<string, unknown>): Promise<T>;
  readonly database: Awaited<ReturnType<typeof startTestDatabase>>;
  stop(): Promise<void>;
}

/** The whole subgraph on a database of its own, with queues in this process. */
export async function startWorkflow(queues: QueueSystem = createLocalQueues()): Promise<WorkflowHarness> {
  const database = await startTestDatabase();
  const lifecycle = new Lifecycle(silent);
  const bus = await createEventBus({
    redisUrl: null,
    platformDatabaseUrl: await database.create(),
    logger: silent,
  });
  lifecycle.onStop('bus', () => bus.close());
  const platform: Platform = {
    config: loadPlatformConfig({ NODE_ENV: 'test' }),
    logger: silent,
    metrics: new Registry(),
    lifecycle,
    queues,
    bus,
    databaseUrl: () => database.url,
    services: createServices(new Map([['agent', fakeAgents()]])),
  };
  const subgraph = await createSubgraph(platform, { api: true, worker: true });
  await subgraph.start();
  const source = createLocalSource(subgraph, silent);
  return {
    source,
    database,
    async ask<T>(viewer: Viewer, query: string, variables: Record<string, unknown> = {}) {
      const result = await source.execute({ query, variables }, { viewer, requestId: 'test' });
      if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('; '));
      return JSON.parse(JSON.stringify(result.data)) as T;
    },
    async stop() {
      await source.close();
      await lifecycle.stop();
      await database.stop();
    },
  };
}
