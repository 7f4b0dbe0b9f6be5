import { openDomain } from '@flowmesh/platform/domain-runtime';
import { contextFactory, type CreateSubgraph } from '@flowmesh/platform/subgraph';
import { PrismaClient } from '@flowmesh/prisma/workflow';
import { resolvers } from './__generated__/resolvers.ts';
import { createLoaders } from './loaders.ts';
import { createExecutions } from './modules/executions/executions.ts';
import { createStats } from './modules/stats/stats.ts';
import { TemplateStore } from './modules/templates/template-store.ts';
import { createTemplates } from './modules/templates/templates.ts';
import { WorkflowStore } from './modules/workflows/workflow-store.ts';
import { createWorkflows } from './modules/workflows/workflows.ts';

/** Settings → stores → modules → schema. */
export const createSubgraph: CreateSubgraph = (platform, roles) => {
  const domain = openDomain(platform, roles, {
    name: 'workflow',
    connections: 16,
    prisma: (adapter) => new PrismaClient({ adapter }),
  });
  const { pool, prisma, log, bus } = domain;
  const store = new WorkflowStore(pool, prisma);
  const workflows = createWorkflows(domain, store);
  const services = {
    workflows,
    ...createTemplates(domain, new TemplateStore(pool, prisma), workflows),
    ...createExecutions(domain, store),
    stats: createStats(domain),
    log,
    bus,
  };

  return domain.subgraph({
    description: 'Workflows: definitions, execution, live progress.',
    resolvers,
    createContext: contextFactory(services, createLoaders),
  });
};
