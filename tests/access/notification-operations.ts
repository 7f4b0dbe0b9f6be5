import { unique } from '../harness/users.ts';
import { byId, inputId, mutation, NODES, type Operation } from './operation.ts';

/** Notifications, templates, wishes and the inbox. */
export const NOTIFICATION_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.notificationTemplate': {
    document: 'query Try($id: ID!) { notificationTemplate(id: $id) { id } }',
    variables: byId('templateId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.notificationTemplates': {
    document: `query Try($id: ID!) { notificationTemplates(filter: { ownerId: $id }) ${NODES} }`,
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Query.previewNotificationTemplate': {
    document: `query Try($input: PreviewNotificationTemplateInput!) {
      previewNotificationTemplate(input: $input) { __typename ... on InvalidInputError { code } }
    }`,
    variables: ({ templateId }) => ({
      input: { channel: 'IN_APP', contentTemplate: 'x', layoutId: templateId },
    }),
    allowed: 'readers',
    others: 'invalid input',
  },
  'Mutation.createNotificationTemplate': {
    document: mutation('createNotificationTemplate', 'CreateNotificationTemplateInput'),
    variables: ({ templateId }) => ({
      input: { name: unique('denied'), channel: 'IN_APP', contentTemplate: 'x', layoutId: templateId },
    }),
    allowed: 'members',
    others: 'invalid input',
  },
  'Mutation.updateNotificationTemplate': {
    document: mutation('updateNotificationTemplate', 'UpdateNotificationTemplateInput'),
    variables: ({ templateId }) => ({ input: { id: templateId, name: unique('stolen') } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteNotificationTemplate': {
    document: mutation('deleteNotificationTemplate', 'DeleteNotificationTemplateInput'),
    variables: ({ templateId }) => ({ input: { id: templateId } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.testNotificationTemplate': {
    document: mutation('testNotificationTemplate', 'TestNotificationTemplateInput'),
    variables: ({ templateId }) => ({ input: { templateId, sendToInbox: true } }),
    allowed: 'readers',
    others: 'invalid input',
  },

  'Query.notificationPreferences': {
    document: 'query Try($id: ID!) { notificationPreferences(userId: $id) { version } }',
    variables: byId('ownerId'),
    allowed: 'signed in',
    others: 'forbidden',
  },
  'Mutation.updateNotificationPreferences': {
    document: mutation('updateNotificationPreferences', 'UpdateNotificationPreferencesInput'),
    variables: ({ ownerId }) => ({ input: { userId: ownerId, language: 'de' } }),
    allowed: 'signed in',
    others: 'forbidden',
  },

  'Query.inbox': { document: `{ inbox ${NODES} }`, allowed: 'signed in', others: 'empty' },
  'Query.unreadCount': { document: '{ unreadCount }', allowed: 'signed in', others: 'own business' },
  'Mutation.markNotificationRead': {
    document: mutation('markNotificationRead', 'MarkNotificationReadInput'),
    variables: ({ inboxItemId }) => ({ input: { ids: [inboxItemId] } }),
    allowed: 'signed in',
    others: 'not found',
  },
  'Mutation.archiveNotification': {
    document: mutation('archiveNotification', 'ArchiveNotificationInput'),
    variables: ({ inboxItemId }) => ({ input: { ids: [inboxItemId] } }),
    allowed: 'signed in',
    others: 'not found',
  },
  'Mutation.markAllNotificationsRead': {
    document: mutation('markAllNotificationsRead', 'MarkAllNotificationsReadInput'),
    variables: () => ({ input: {} }),
    allowed: 'signed in',
    others: 'own business',
  },
  'Subscription.inboxUpdates': {
    document: 'subscription Try { inboxUpdates { cursor type } }',
    allowed: 'signed in',
    others: 'own business',
  },
  'Mutation.cancelNotification': {
    document: mutation('cancelNotification', 'CancelNotificationInput'),
    variables: inputId('notificationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.retryNotification': {
    document: mutation('retryNotification', 'RetryNotificationInput'),
    variables: inputId('notificationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.replayNotification': {
    document: mutation('replayNotification', 'ReplayNotificationInput'),
    variables: inputId('notificationId'),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.retryFailedNotifications': {
    document: `mutation Try($input: RetryFailedNotificationsInput!) {
      retryFailedNotifications(input: $input) { ... on RetryFailedNotificationsSuccess { retried } }
    }`,
    variables: () => ({ input: {} }),
    allowed: 'members',
    others: 'nothing to retry',
  },
  'Mutation.enableNotificationRecipient': {
    document: mutation('enableNotificationRecipient', 'EnableNotificationRecipientInput'),
    variables: () => ({ input: { channel: 'WEBHOOK', recipient: 'https://example.com/gone' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Subscription.notificationDeliveryUpdates': {
    document: 'subscription Try($id: ID!) { notificationDeliveryUpdates(notificationId: $id) { cursor } }',
    variables: byId('notificationId'),
    allowed: 'readers',
    others: 'bad input',
  },
  'Subscription.notificationEvents': {
    document: 'subscription Try { notificationEvents { cursor type notificationId } }',
    allowed: 'readers',
    others: 'own business',
  },

  'Query.deliveryAnalytics': {
    document: '{ deliveryAnalytics { totals { total } } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Query.channelAnalytics': { document: '{ channelAnalytics { channel } }', allowed: 'readers', others: 'empty' },
  'Query.templateAnalytics': { document: '{ templateAnalytics { templateId } }', allowed: 'readers', others: 'empty' },
  'Query.userEngagementAnalytics': {
    document: '{ userEngagementAnalytics { users } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Query.deliveryReportSubscriptions': {
    document: '{ deliveryReportSubscriptions { id } }',
    allowed: 'readers',
    others: 'empty',
  },
  'Mutation.subscribeToDeliveryReport': {
    document: mutation('subscribeToDeliveryReport', 'SubscribeToDeliveryReportInput'),
    variables: () => ({ input: { kind: 'DAILY', everybody: true, timeZone: 'nowhere' } }),
    allowed: 'members',
    others: 'forbidden',
  },
  'Mutation.unsubscribeFromDeliveryReport': {
    document: mutation('unsubscribeFromDeliveryReport', 'UnsubscribeFromDeliveryReportInput'),
    variables: () => ({ input: { id: 'of somebody else' } }),
    allowed: 'readers',
    others: 'not found',
  },
  'Query.dailyDeliveryReport': {
    document: '{ dailyDeliveryReport(date: "2026-01-31") { period } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Query.monthlyDeliveryReport': {
    document: '{ monthlyDeliveryReport(month: "2026-01") { period } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Mutation.sendBulkNotifications': {
    document: `mutation Try($input: SendBulkNotificationsInput!) {
      sendBulkNotifications(input: $input) { ... on SendBulkNotificationsSuccess { accepted results { error { code } } } }
    }`,
    variables: ({ ownerId }) => ({ input: { channel: 'IN_APP', content: 'no', recipients: [{ userId: ownerId }] } }),
    allowed: 'members',
    others: 'refused one by one',
  },
  'Query.notificationBulk': {
    document: 'query Try($id: ID!) { notificationBulk(id: $id) { total } }',
    variables: byId('notificationId'),
    allowed: 'readers',
    others: 'null',
  },
  'Subscription.notificationBulkUpdates': {
    document: 'subscription Try($id: ID!) { notificationBulkUpdates(id: $id) { total } }',
    variables: byId('notificationId'),
    allowed: 'readers',
    others: 'bad input',
  },
  'Query.notification': {
    document: 'query Try($id: ID!) { notification(id: $id) { id } }',
    variables: byId('notificationId'),
    allowed: 'readers',
    others: 'null',
  },
  'Query.notifications': {
    document: `query Try($id: ID!) { notifications(filter: { senderId: $id }) ${NODES} }`,
    variables: byId('ownerId'),
    allowed: 'readers',
    others: 'empty',
  },
  'Mutation.sendNotification': {
    document: mutation('sendNotification', 'SendNotificationInput'),
    variables: ({ ownerId }) => ({ input: { channel: 'IN_APP', userId: ownerId, content: 'not asked for' } }),
    allowed: 'members',
    others: 'invalid input',
  },
};
