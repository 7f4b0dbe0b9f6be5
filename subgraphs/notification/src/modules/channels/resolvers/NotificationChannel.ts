import type { NotificationChannelResolvers } from '../../../__generated__/graphql.ts';
import { channelStatus } from '../channel-status.ts';
import { integrationOf } from '../shown-settings.ts';

export const NotificationChannel: NotificationChannelResolvers = {
  analytics: ({ channel }, args, { loaders }) => loaders.channelAnalytics(args).load(channel),
  providers: ({ providers }) => [...providers],
  integration: ({ providers }) => integrationOf(providers.find(({ isActive }) => isActive)),
  rateLimitPerMinute: ({ providers }) => providers.find(({ isActive }) => isActive)?.rateLimitPerMinute ?? null,
  status: async ({ providers }, _args, { loaders }) => {
    const [healths, circuits, problems] = await Promise.all([
      Promise.all(providers.map(({ id }) => loaders.providerHealth.load(id))),
      Promise.all(providers.map((provider) => loaders.providerCircuits.load(provider))),
      Promise.all(providers.map((provider) => loaders.providerProblems.load(provider))),
    ]);
    return channelStatus(providers, {
      healthOf: (provider) => healths[providers.indexOf(provider)],
      circuitOf: (provider) => circuits[providers.indexOf(provider)],
      isUsable: (provider) => problems[providers.indexOf(provider)] === null,
    });
  },
};
