import type { WorkflowApprovalNotificationResolvers } from '../../../__generated__/graphql.ts';

export const WorkflowApprovalNotification: WorkflowApprovalNotificationResolvers = {
  approver: ({ approverId }) => (approverId === null ? null : { __typename: 'User', id: approverId }),
  notification: ({ notificationId }) =>
    notificationId === null ? null : { __typename: 'Notification', id: notificationId },
};
