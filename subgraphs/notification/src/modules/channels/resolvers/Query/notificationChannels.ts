import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const notificationChannels: QueryResolvers['notificationChannels'] = (_root, _args, { services }) =>
  services.channels.all();
