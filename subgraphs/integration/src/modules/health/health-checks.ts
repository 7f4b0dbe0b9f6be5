import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import type { IntegrationStore } from '../integrations/integration-store.ts';
import type { HealthService } from './health-service.ts';
import type { HealthStore } from './health-store.ts';

const EVERY_MS = 30_000;
/** A round begins every `EVERY_MS`; an integration checked shortly before it waits for the next. */
const DUE_AFTER_MS = 25_000;
const MAX_PER_ROUND = 1_000;
const AT_ONCE = 20;

export interface HealthChecksParts {
  readonly store: IntegrationStore;
  readonly health: HealthStore;
  readonly service: HealthService;
  readonly queues: QueueSystem;
  readonly logger: Logger;
}

/** Checks the integrations that are due, a few at a time. */
export async function checkIntegrations(parts: Omit<HealthChecksParts, 'queues'>): Promise<void> {
  const { store, health, service, logger } = parts;
  const next = (await health.due(DUE_AFTER_MS, MAX_PER_ROUND)).values();
  const lane = async () => {
    for (const id of next) {
      const integration = await store.find(id);
      if (!integration) continue;
      const { run, changed } = await service.check(integration).catch((error: unknown) => {
        // One that cannot be checked does not keep the others from it.
        logger.error({ err: error, integrationId: id }, 'an integration could not be checked');
        return { run: null, changed: false };
      });
      if (changed) logger.info({ integrationId: id, error: run?.code ?? null }, 'health of an integration has changed');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** In one process at a time. */
export function startHealthChecks(parts: HealthChecksParts): QueueWorker {
  return parts.queues.repeat('integration-health', EVERY_MS, () => checkIntegrations(parts));
}
