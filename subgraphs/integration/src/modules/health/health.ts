import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { startHealthChecks } from './health-checks.ts';
import { HealthService, type HealthServiceParts } from './health-service.ts';
import { HealthStore } from './health-store.ts';

/** Tests of integrations: by hand, and again and again. */
export function createHealth(
  domain: OpenDomain,
  parts: Omit<HealthServiceParts, 'health' | 'published'>,
): HealthService {
  const { pool, queues, logger, published } = domain;
  const health = new HealthStore(pool);
  const service = new HealthService({ ...parts, health, published });
  domain.inWorkers('health checks', () => startHealthChecks({ store: parts.store, health, service, queues, logger }));
  return service;
}
