import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { INTEGRATION_USE_CHANGED, readIntegrationUser } from '@flowmesh/platform/integration-use';
import { DependentService } from './dependent-service.ts';
import type { DependentStore } from './dependent-store.ts';

/** Of the bus. */
const GROUP = 'integration-dependents';
/** What uses nothing any more is known for longer than the bus keeps events, so that none of them is taken for news. */
const UNUSED_DAYS = 60;

/** What uses integrations, as the other domains tell. */
export function createDependents(domain: OpenDomain, store: DependentStore): DependentService {
  domain.consume(GROUP, () =>
    domain.bus.consume(GROUP, [INTEGRATION_USE_CHANGED], ({ payload }) => store.told(readIntegrationUser(payload))),
  );
  domain.retain('integration-dependents', (limit) => store.removeUnused(UNUSED_DAYS, limit));
  return new DependentService(store);
}
