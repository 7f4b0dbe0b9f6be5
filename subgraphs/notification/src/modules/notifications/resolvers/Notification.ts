import type { NotificationResolvers } from '../../../__generated__/graphql.ts';

export const Notification: NotificationResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.notifications.load(id),
  user: ({ userId }) => ({ __typename: 'User', id: userId }),
  sender: ({ senderId }) => ({ __typename: 'User', id: senderId }),
  nextAttemptAt: ({ status, availableAt }) => (status === 'QUEUED' || status === 'SCHEDULED' ? availableAt : null),
  deliveries: ({ id }, _args, { loaders }) => loaders.deliveries.load(id),
  replayOf: ({ replayOfId }, _args, { loaders }) =>
    replayOfId === null ? null : loaders.notifications.load(replayOfId),
};
