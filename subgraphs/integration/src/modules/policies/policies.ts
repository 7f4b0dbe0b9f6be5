import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { appendEvents } from '@flowmesh/platform/events';
import { PolicyChain, removeOldPolicyState, SharedStore } from '@flowmesh/platform/resilience';
import { circuitEvents } from '../health/health-store.ts';
import { INTEGRATION_EVENT, type HealthChangedPayload } from '../integrations/integration-events.ts';
import type { IntegrationService } from '../integrations/integration-service.ts';
import { PolicyService } from './policy-service.ts';

/** The policy chain of all integrations, and what the graph shows of it. */
export function createPolicies(domain: OpenDomain, integrations: IntegrationService) {
  const { pool, bus, logger, published } = domain;
  const store = new SharedStore({
    pool,
    logger,
    committed: published,
    changed: async (tx, id, state) => appendEvents(tx, await circuitEvents(tx, id, state)),
  });
  const chain = new PolicyChain(store);
  // Processes hear of circuits that others change.
  domain.always('circuits', () => {
    const stop = bus.listen(({ domain: from, type, payload }) => {
      if (from !== 'integration' || type !== INTEGRATION_EVENT.healthChanged) return;
      const { integrationId, cause } = payload as HealthChangedPayload;
      if (cause === 'CIRCUIT') store.noticed(integrationId);
    });
    return { stop };
  });
  domain.always('outcomes', () => store);
  domain.retain('integration-policies', (limit) => removeOldPolicyState(pool, limit));
  return { chain, policies: new PolicyService(chain, integrations) };
}
