import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { AddressRules } from '@flowmesh/platform/http';
import { PolicyChain, removeOldPolicyState, SharedStore } from '@flowmesh/platform/resilience';
import type { ChannelAdapter } from '../../adapters/channel-adapter.ts';
import { ChannelSecrets } from '../../adapters/channel-secrets.ts';
import type { DeliveryHints } from '../delivery/delivery-queue.ts';
import { ProviderStore } from '../delivery/provider-store.ts';
import { Providers } from '../delivery/providers.ts';
import { applyDefaults } from './channel-defaults.ts';
import { ChannelService } from './channel-service.ts';
import { ChannelStore } from './channel-store.ts';
import { ChannelTestService } from './channel-test-service.ts';
import type { EnvironmentProvider } from './environment-config.ts';
import { ChannelHealthStore } from './health-store.ts';
import { createProviderCheck } from './settings/catalog.ts';
import { createIntegrationCheck } from './settings/integration.ts';
import { WebhookTargetService } from './webhook-target-service.ts';

export interface ChannelsParts {
  /** By the name of the provider. */
  readonly adapters: ReadonlyMap<string, ChannelAdapter>;
  readonly hints: DeliveryHints;
  readonly environmentProviders: readonly EnvironmentProvider[];
  /** Where administrators may let a provider be. */
  readonly rules: AddressRules;
}

/** Which providers carry which channel, as administrators and the environment have set them up. */
export function createChannels(domain: OpenDomain, { adapters, hints, environmentProviders, rules }: ChannelsParts) {
  const { pool, logger, published } = domain;
  const chain = new PolicyChain(new SharedStore({ pool, logger }));
  domain.always('outcomes', () => chain.store);
  domain.retain('provider-policies', (limit) => removeOldPolicyState(pool, limit));
  const secrets = new ChannelSecrets(domain.secrets.box);
  const store = new ChannelStore(pool, secrets, ({ provider, settings }, recipient) => {
    const checked = adapters.get(provider)?.checkRecipient?.(recipient, settings ?? {});
    return checked === undefined || 'recipient' in checked;
  });
  domain.prepare(() => applyDefaults(store, environmentProviders));
  return {
    chain,
    providers: new Providers({ store: new ProviderStore(pool, secrets), usable: new Set(adapters.keys()), chain }),
    channels: new ChannelService({
      store,
      health: new ChannelHealthStore(pool),
      checkProvider: createProviderCheck(rules),
      checkIntegration: createIntegrationCheck(domain.services),
      services: domain.services,
      chain,
      hints,
      published,
      logger,
    }),
    channelTests: new ChannelTestService(store, adapters),
    webhookTargets: new WebhookTargetService(store, rules, logger),
  };
}
