import { unique } from '../harness/users.ts';
import { mutation, type Operation } from './operation.ts';

/** Channels and who sends through them. */
export const CHANNEL_OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.notificationChannels': {
    document: '{ notificationChannels { channel status } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Query.notificationChannel': {
    document: '{ notificationChannel(channel: IN_APP) { channel status } }',
    allowed: 'readers',
    others: 'own business',
  },
  'Query.webhookTargetSecret': {
    document: '{ webhookTargetSecret(url: "https://example.com/hook") }',
    allowed: 'administrators',
    others: 'own business',
  },
  'Mutation.configureNotificationChannel': {
    document: mutation('configureNotificationChannel', 'ConfigureNotificationChannelInput'),
    variables: () => ({ input: { channel: 'WEBHOOK', name: unique('denied'), webhook: {} } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.removeNotificationChannelProvider': {
    document: mutation('removeNotificationChannelProvider', 'RemoveNotificationChannelProviderInput'),
    variables: () => ({ input: { id: 'in-app' } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.resetNotificationProviderCircuitBreaker': {
    document: mutation('resetNotificationProviderCircuitBreaker', 'ResetNotificationProviderCircuitBreakerInput'),
    variables: () => ({ input: { id: 'in-app' } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Mutation.testNotificationChannel': {
    document: mutation('testNotificationChannel', 'TestNotificationChannelInput'),
    variables: () => ({ input: { channel: 'WEBHOOK', recipient: 'https://example.com' } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
  'Query.webhookEndpoint': {
    document: 'query Try($id: ID!) { webhookEndpoint(id: $id) { id } }',
    variables: () => ({ id: 'of somebody else' }),
    allowed: 'readers',
    others: 'null',
  },
  'Query.webhookEndpoints': {
    document: '{ webhookEndpoints { nodes { id } } }',
    allowed: 'readers',
    others: 'empty',
  },
  'Mutation.createWebhookEndpoint': {
    document: mutation('createWebhookEndpoint', 'CreateWebhookEndpointInput'),
    variables: () => ({ input: { url: 'nowhere' } }),
    allowed: 'members',
    others: 'invalid input',
  },
  'Mutation.updateWebhookEndpoint': {
    document: mutation('updateWebhookEndpoint', 'UpdateWebhookEndpointInput'),
    variables: () => ({ input: { id: 'of somebody else', description: 'stolen' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.rotateWebhookSecret': {
    document: mutation('rotateWebhookSecret', 'RotateWebhookSecretInput'),
    variables: () => ({ input: { id: 'of somebody else' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.enableWebhookEndpoint': {
    document: mutation('enableWebhookEndpoint', 'EnableWebhookEndpointInput'),
    variables: () => ({ input: { id: 'of somebody else' } }),
    allowed: 'members',
    others: 'not found',
  },
  'Mutation.deleteWebhookEndpoint': {
    document: mutation('deleteWebhookEndpoint', 'DeleteWebhookEndpointInput'),
    variables: () => ({ input: { id: 'of somebody else' } }),
    allowed: 'members',
    others: 'not found',
  },
};
