import { openDomain } from '@flowmesh/platform/domain-runtime';
import {
  contextFactory,
  type CreateSubgraph,
  type Platform,
  type Roles,
  type Subgraph,
} from '@flowmesh/platform/subgraph';
import { PrismaClient } from '@flowmesh/prisma/workflow';
import { resolvers } from './__generated__/resolvers.ts';
import { createLoaders } from './loaders.ts';
import { createBulk } from './modules/bulk/bulk.ts';
import { createExecutions } from './modules/executions/executions.ts';
import { createPreflight } from './modules/preflight/preflight.ts';
import { CurrentUsers } from './modules/rights/current-users.ts';
import { MakerRights } from './modules/rights/maker-rights.ts';
import { createStats } from './modules/stats/stats.ts';
import { createTriggers } from './modules/triggers/triggers.ts';
import { TemplateStore } from './modules/templates/template-store.ts';
import { createTemplates } from './modules/templates/templates.ts';
import { WorkflowStore } from './modules/workflows/workflow-store.ts';
import { createWorkflows } from './modules/workflows/workflows.ts';

/** Settings → stores → modules → schema. `now`: the clock that triggers go by, instead of the database's. */
export const buildSubgraph = (platform: Platform, roles: Roles, now?: () => Promise<Date>): Subgraph => {
  const domain = openDomain(platform, roles, {
    name: 'workflow',
    connections: 16,
    prisma: (adapter) => new PrismaClient({ adapter }),
  });
  const { pool, prisma, log, bus, published } = domain;
  const store = new WorkflowStore(pool, prisma, published);
  const workflows = createWorkflows(domain, store);
  const users = new CurrentUsers(domain.services);
  const makers = new MakerRights(users);
  const { approvalRoutes, admission, ...executions } = createExecutions(domain, store, users);
  const services = {
    workflows,
    ...executions,
    ...createTemplates(domain, new TemplateStore(pool, prisma), workflows),
    triggers: createTriggers(domain, store, executions.executions, makers, now),
    preflight: createPreflight(domain, store, workflows, admission),
    bulk: createBulk(domain, executions.executions, makers),
    stats: createStats(domain),
    log,
    bus,
  };

  return domain.subgraph({
    description: 'Workflows: definitions, execution, live progress.',
    resolvers,
    createContext: contextFactory(services, createLoaders),
    registerRoutes: approvalRoutes,
  });
};

export const createSubgraph: CreateSubgraph = (platform, roles) => buildSubgraph(platform, roles);
