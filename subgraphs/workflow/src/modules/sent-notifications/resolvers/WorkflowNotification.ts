import type { WorkflowNotificationResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowNotification: WorkflowNotificationResolvers = {
  notificationId: ({ id }) => id,
  notification: ({ id }) => ({ __typename: 'Notification', id }),
};
