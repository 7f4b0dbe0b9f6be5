import type { NotificationChannelProviderResolvers, NotificationProviderKind } from '../../../__generated__/graphql.ts';
import { sourceOf } from '../channel-record.ts';
import { integrationOf, shownSettings } from '../shown-settings.ts';

export const NotificationChannelProvider: NotificationChannelProviderResolvers = {
  kind: ({ provider }) => provider as NotificationProviderKind,
  source: ({ id }) => sourceOf(id),
  settings: shownSettings,
  integration: integrationOf,
  problem: (provider, _args, { loaders }) => loaders.providerProblems.load(provider),
  circuitBreaker: (provider, _args, { loaders }) => loaders.providerCircuits.load(provider),
  health: async ({ id }, _args, { loaders }) => {
    const health = await loaders.providerHealth.load(id);
    return { ...health, successRate: health.attempts === 0 ? null : health.succeeded / health.attempts };
  },
};
