import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { startLaterUses } from './integration-use/later-uses.ts';
import { KnownAgents } from './validation/known-agents.ts';
import { KnownIntegrations } from './validation/known-integrations.ts';
import { KnownPeople } from './validation/known-people.ts';
import { WorkflowService } from './workflow-service.ts';
import type { WorkflowStore } from './workflow-store.ts';

/** Definitions of workflows. */
export function createWorkflows(domain: OpenDomain, store: WorkflowStore): WorkflowService {
  domain.inWorkers('uses of earlier versions', () => startLaterUses(domain));
  const { services, logger } = domain;
  const [agents, integrations] = [new KnownAgents(services), new KnownIntegrations(services)];
  return new WorkflowService(store, agents, integrations, new KnownPeople(services, logger));
}
