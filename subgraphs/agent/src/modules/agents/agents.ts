import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { GuardedHttp } from '@flowmesh/platform/http';
import type { PolicyChain } from '@flowmesh/platform/resilience';
import type { A2aModule } from '../a2a/a2a.ts';
import type { McpModule } from '../mcp/mcp.ts';
import type { ExecutionStore } from '../executions/execution-store.ts';
import type { AgentSecrets } from './agent-secrets.ts';
import { AgentService } from './agent-service.ts';
import type { AgentStore } from './agent-store.ts';
import { createConfigurationCheck } from './configurations/configurations.ts';
import { AvailabilityStore } from './availability-store.ts';
import { Discovery } from './discovery.ts';
import { DiscoveryStore } from './discovery-store.ts';
import { startHealthChecks } from './health-checks.ts';
import { createProbes } from './health-probes.ts';
import { HealthStore } from './health-store.ts';
import { Heartbeats } from './heartbeats.ts';

export interface AgentsParts {
  readonly store: AgentStore;
  readonly executions: ExecutionStore;
  readonly secrets: AgentSecrets;
  /** HTTP client of the health checks. */
  readonly http: GuardedHttp;
  /** Through which agents outside are called. */
  readonly chain: PolicyChain;
  readonly mcp: McpModule;
  readonly a2a: A2aModule;
}

/** What is known of agents, and how they stand. */
export interface AgentsModule {
  readonly service: AgentService;
  readonly discovery: Discovery;
  readonly availability: AvailabilityStore;
  readonly heartbeats: Heartbeats;
}

/** The registry of agents, and the checks of their health. */
export function createAgents(
  domain: OpenDomain,
  { store, executions, secrets, http, chain, mcp, a2a }: AgentsParts,
): AgentsModule {
  const { pool, queues, logger, published } = domain;
  domain.inWorkers('health checks', () =>
    startHealthChecks({
      store: new HealthStore(pool),
      probes: createProbes({ http, secrets, mcp, a2a: a2a.agents }),
      queues,
      logger,
      published,
    }),
  );
  const availability = new AvailabilityStore(pool);
  const service = new AgentService({
    store,
    executions,
    secrets,
    checkConfiguration: createConfigurationCheck(http.rules, mcp.allowed),
    chain,
    mcpTools: mcp.tools,
    published,
  });
  const discovery = new Discovery(store, new DiscoveryStore(pool));
  return { service, discovery, availability, heartbeats: new Heartbeats(store, availability) };
}
