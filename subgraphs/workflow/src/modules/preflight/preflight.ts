import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { ContextAdmission } from '../executions/contexts/context-admission.ts';
import { KnownIntegrations } from '../workflows/validation/known-integrations.ts';
import { KnownPeople } from '../workflows/validation/known-people.ts';
import type { WorkflowService } from '../workflows/workflow-service.ts';
import type { WorkflowStore } from '../workflows/workflow-store.ts';
import { PreflightService } from './preflight-service.ts';

/** Looks before executions start. */
export function createPreflight(
  { services, logger }: OpenDomain,
  store: WorkflowStore,
  workflows: WorkflowService,
  admission: ContextAdmission,
): PreflightService {
  const [integrations, people] = [new KnownIntegrations(services), new KnownPeople(services, logger)];
  return new PreflightService({ store, workflows, services, integrations, people, admission });
}
