import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { KnownAgents } from './validation/known-agents.ts';
import { WorkflowService } from './workflow-service.ts';
import type { WorkflowStore } from './workflow-store.ts';

/** Definitions of workflows. */
export const createWorkflows = ({ services }: OpenDomain, store: WorkflowStore): WorkflowService =>
  new WorkflowService(store, new KnownAgents(services));
