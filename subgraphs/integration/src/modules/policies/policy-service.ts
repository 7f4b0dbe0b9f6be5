import type { Viewer } from '@flowmesh/platform/access';
import {
  type CacheState,
  type Circuit,
  type ShownObserver,
  type PolicyChain,
  type RateState,
} from '@flowmesh/platform/resilience';
import { notFound } from '@flowmesh/platform/validation';
import { NO_INTEGRATION } from '../integrations/integration-failures.ts';
import type { IntegrationRecord } from '../integrations/integration-record.ts';
import type { IntegrationService } from '../integrations/integration-service.ts';

type Integrations = readonly Pick<IntegrationRecord, 'id' | 'policy'>[];

/** What the policy chain remembers of integrations, and how it is made to forget. Lists are in the order asked for. */
export class PolicyService {
  constructor(
    private readonly chain: PolicyChain,
    private readonly integrations: IntegrationService,
  ) {}

  /** One whose service has asked not to be called is open until then. */
  circuits(of: Integrations): Promise<Circuit[]> {
    return this.chain.store.circuitsOf(of.map(({ id }) => id));
  }

  async observers(of: Integrations): Promise<ShownObserver[][]> {
    const found = await this.chain.store.circuits.observers(
      of.map(({ id, policy }) => ({ key: id, ...policy.circuitBreaker })),
    );
    return of.map(({ id }) => found.get(id) ?? []);
  }

  /** Null without a limit. */
  async rates(of: Integrations): Promise<(RateState | null)[]> {
    const limited = of.flatMap(({ id, policy }) => (policy.rateLimit ? [{ key: id, ...policy.rateLimit }] : []));
    const found = await this.chain.store.rates.statesOf(limited);
    return of.map(({ id, policy: { rateLimit } }) => {
      const unused = rateLimit && { remaining: rateLimit.calls, resetAt: null, heldUntil: null };
      return unused && (found.get(id) ?? unused);
    });
  }

  async caches(of: Integrations): Promise<CacheState[]> {
    const found = await this.chain.store.cache.statesOf(of.map(({ id }) => id));
    return of.map(({ id }) => found.get(id) ?? { entries: 0, bytes: 0, oldestAt: null });
  }

  async resetCircuit(viewer: Viewer, { id }: { readonly id: string }) {
    const integration = await this.integrations.changeable(viewer, id);
    if (!integration) return notFound(NO_INTEGRATION);
    const changed = await this.chain.store.reset(id);
    return { __typename: 'ResetCircuitBreakerSuccess' as const, integration, changed };
  }

  async clearCache(viewer: Viewer, { id }: { readonly id: string }) {
    const integration = await this.integrations.changeable(viewer, id);
    if (!integration) return notFound(NO_INTEGRATION);
    const removedEntries = await this.chain.store.cache.clear(id);
    return { __typename: 'ClearIntegrationCacheSuccess' as const, integration, removedEntries };
  }
}
