import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { startLaterUses } from './integration-use/later-uses.ts';
import { KnownAgents } from './validation/known-agents.ts';
import { KnownIntegrations } from './validation/known-integrations.ts';
import { WorkflowService } from './workflow-service.ts';
import type { WorkflowStore } from './workflow-store.ts';

/** Definitions of workflows. */
export function createWorkflows(domain: OpenDomain, store: WorkflowStore): WorkflowService {
  domain.inWorkers('uses of earlier versions', () => startLaterUses(domain));
  const { services } = domain;
  return new WorkflowService(store, new KnownAgents(services), new KnownIntegrations(services));
}
