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
  'Mutation.testNotificationChannel': {
    document: mutation('testNotificationChannel', 'TestNotificationChannelInput'),
    variables: () => ({ input: { channel: 'WEBHOOK', recipient: 'https://example.com' } }),
    allowed: 'administrators',
    others: 'forbidden',
  },
};
