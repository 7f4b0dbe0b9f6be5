import { isServiceId } from '@flowmesh/platform/access';
import type { NotificationResolvers } from '../../../__generated__/graphql.ts';

const userOf = (id: string) => (isServiceId(id) ? null : { __typename: 'User' as const, id });

export const Notification: NotificationResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.notifications.load(id),
  user: ({ userId }) => userOf(userId),
  sender: ({ senderId }) => userOf(senderId),
  nextAttemptAt: ({ status, availableAt }) => (status === 'QUEUED' || status === 'SCHEDULED' ? availableAt : null),
  deliveries: ({ id }, _args, { loaders }) => loaders.deliveries.load(id),
  replayOf: ({ replayOfId }, _args, { loaders }) =>
    replayOfId === null ? null : loaders.notifications.load(replayOfId),
};
