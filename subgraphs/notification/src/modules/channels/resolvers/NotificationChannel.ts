import type { NotificationChannelResolvers } from '../../../__generated__/graphql.ts';
import { channelStatus } from '../channel-status.ts';

export const NotificationChannel: NotificationChannelResolvers = {
  analytics: ({ channel }, args, { loaders }) => loaders.channelAnalytics(args).load(channel),
  providers: ({ providers }) => [...providers],
  rateLimitPerMinute: ({ providers }) => providers.find(({ isActive }) => isActive)?.rateLimitPerMinute ?? null,
  status: async ({ providers }, _args, { loaders }) => {
    const healths = await Promise.all(providers.map(({ id }) => loaders.providerHealth.load(id)));
    return channelStatus(providers, (provider) => healths[providers.indexOf(provider)]);
  },
};
