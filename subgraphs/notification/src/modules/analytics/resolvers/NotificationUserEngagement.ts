import type { NotificationUserEngagementResolvers } from '../../../__generated__/graphql.ts';

export const NotificationUserEngagement: NotificationUserEngagementResolvers = {
  user: ({ userId }) => ({ __typename: 'User', id: userId }),
};
