import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { warnSeldom } from '@flowmesh/platform/logging';
import type { PolicyChain } from '@flowmesh/platform/resilience';
import { z } from 'zod';
import type { DeliveryHints } from './delivery-queue.ts';
import type { Providers } from './providers.ts';

/** What the integration domain tells of the health of an integration. */
const HEALTH_CHANGED = 'integration.health.changed';
const UPDATED = 'integration.updated';

const told = z.object({ integrationId: z.string(), cause: z.string().optional(), circuit: z.string().optional() });

interface Parts {
  readonly providers: Providers;
  readonly chain: PolicyChain;
  readonly hints: DeliveryHints;
}

/**
 * A provider whose integration refuses calls is not asked until the time that it has named. When the circuit of the
 * integration closes earlier, or its owner changes it, the provider is asked again at once. An event that is lost costs
 * no more than the rest of that time.
 */
export function followIntegrations(domain: OpenDomain, parts: Parts): void {
  const warn = warnSeldom(
    domain.logger,
    'a provider is not asked again at once although its integration may be called',
  );
  domain.always('integration circuits', () => {
    const stop = domain.bus.listen(({ domain, type, payload }) => {
      if (domain !== 'integration' || (type !== HEALTH_CHANGED && type !== UPDATED)) return;
      const { data } = told.safeParse(payload);
      const isWell = type === UPDATED || (data?.cause === 'CIRCUIT' && data.circuit === 'CLOSED');
      if (data && isWell) askAgain(parts, data.integrationId).catch((error: unknown) => warn({ err: error }));
    });
    return { stop };
  });
}

async function askAgain({ providers, chain, hints }: Parts, integrationId: string): Promise<void> {
  for (const provider of await providers.through(integrationId)) {
    await chain.store.release(provider.id);
    providers.trust(provider);
    await hints.due(provider.channel);
  }
}
