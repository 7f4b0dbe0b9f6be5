import { openDomain } from '@flowmesh/platform/domain-runtime';
import { PolicyChain, removeOldPolicyState, SharedStore } from '@flowmesh/platform/resilience';
import { contextFactory, type CreateSubgraph } from '@flowmesh/platform/subgraph';
import { PrismaClient } from '@flowmesh/prisma/agent';
import { resolvers } from './__generated__/resolvers.ts';
import { createLoaders } from './loaders.ts';
import { AgentSecrets } from './modules/agents/agent-secrets.ts';
import { AgentStore } from './modules/agents/agent-store.ts';
import { createAgents } from './modules/agents/agents.ts';
import { BudgetLedger } from './modules/budgets/budget-ledger.ts';
import { createBudgets } from './modules/budgets/budgets.ts';
import { CallService } from './modules/calls/call-service.ts';
import { CallStore } from './modules/calls/call-store.ts';
import { ExecutionStore } from './modules/executions/execution-store.ts';
import { createExecutions } from './modules/executions/executions.ts';
import { createPushes } from './modules/pushes/pushes.ts';
import { PresetService } from './modules/presets/preset-service.ts';
import { createA2a } from './modules/a2a/a2a.ts';
import { taskPushRoutes } from './modules/a2a/task-push-routes.ts';
import { createMcp } from './modules/mcp/mcp.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

/** Settings → stores → modules → schema. */
export const createSubgraph: CreateSubgraph = (platform, roles) => {
  const domain = openDomain(platform, roles, {
    name: 'agent',
    connections: 20,
    prisma: (adapter) => new PrismaClient({ adapter }),
  });
  const { pool, prisma, log, bus } = domain;
  const secrets = new AgentSecrets(domain.secrets.box);
  const http = domain.openHttp();
  const stores = { agents: new AgentStore(pool, prisma), executions: new ExecutionStore(pool) };
  domain.keepSealed(SEALED_COLUMNS);
  const chain = new PolicyChain(new SharedStore({ pool, logger: domain.logger }));
  domain.always('outcomes', () => chain.store);
  domain.retain('agent-policies', (limit) => removeOldPolicyState(pool, limit));
  const mcp = createMcp(domain, http);
  const a2a = createA2a(domain, { http, secrets });
  const outside = { secrets, http, chain, mcp, a2a };
  const agents = createAgents(domain, { store: stores.agents, executions: stores.executions, ...outside });
  const ledger = new BudgetLedger(pool);
  const calls = new CallStore(pool, ledger);
  const budgets = createBudgets(domain, { agents: stores.agents, ledger });
  const executions = createExecutions(domain, { store: stores.executions, agents: stores.agents, calls, ...outside });
  const services = {
    agents: agents.service,
    discovery: agents.discovery,
    availability: agents.availability,
    heartbeats: agents.heartbeats,
    presets: new PresetService(agents.service),
    executions,
    calls: new CallService(calls),
    budgets,
    pushes: createPushes(domain, { executions: stores.executions, http }),
    mcpTools: mcp.tools,
    log,
    bus,
  };

  return domain.subgraph({
    description: 'Agents: registry, discovery, execution.',
    resolvers,
    createContext: contextFactory(services, createLoaders),
    registerRoutes: taskPushRoutes(a2a.pushes),
  });
};
