import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { StatsService } from './stats-service.ts';
import { StatsStore } from './stats-store.ts';
import { KnownAgents } from './validation/known-agents.ts';
import { WorkflowService } from './workflow-service.ts';
import type { WorkflowStore } from './workflow-store.ts';

/** Definitions of workflows, and what is counted of them. */
export const createWorkflows = ({ pool, services }: OpenDomain, store: WorkflowStore) => ({
  workflows: new WorkflowService(store, new KnownAgents(services)),
  stats: new StatsService(new StatsStore(pool)),
});
