import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const notificationChannel: QueryResolvers['notificationChannel'] = async (_root, { channel }, { services }) => {
  const found = (await services.channels.all()).find((known) => known.channel === channel);
  if (!found) throw new Error(`There is no channel ${channel}.`);
  return found;
};
