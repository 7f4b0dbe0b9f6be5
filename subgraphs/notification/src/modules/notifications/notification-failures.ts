import type { Channel } from '../../adapters/channel-adapter.ts';
import type { NotificationRecord } from './notification-record.ts';

export const channelUnavailable = (channel: Channel) => ({
  __typename: 'NotificationChannelUnavailableError' as const,
  code: 'NOTIFICATION_CHANNEL_UNAVAILABLE',
  message: `No provider of ${channel} is configured and active.`,
  channel,
});

export const recipientDisabled = (recipient: string, reason: string) => ({
  __typename: 'NotificationRecipientDisabledError' as const,
  code: 'NOTIFICATION_RECIPIENT_DISABLED',
  message: `The recipient is disabled: ${reason}`,
  recipient,
});

/** What the user, or the recipient, has said about such notifications. */
export const notificationUnwanted = (reason: string) => ({
  __typename: 'NotificationUnwantedError' as const,
  code: 'NOTIFICATION_UNWANTED',
  message: reason,
});

export type NotificationUnwanted = ReturnType<typeof notificationUnwanted>;
/** It is being sent, or has ended. */
export const notCancellable = (notification: NotificationRecord) => ({
  __typename: 'NotificationStateError' as const,
  code: 'NOTIFICATION_NOT_CANCELLABLE',
  message: `Only what waits can be cancelled; the notification is ${notification.status}.`,
  notification,
});

/** It has not failed. */
export const notRetryable = (notification: NotificationRecord) => ({
  __typename: 'NotificationStateError' as const,
  code: 'NOTIFICATION_NOT_RETRYABLE',
  message: `Only what has failed can be retried; the notification is ${notification.status}. To send it again, replay it.`,
  notification,
});

/** It is still under way. */
export const notReplayable = (notification: NotificationRecord) => ({
  __typename: 'NotificationStateError' as const,
  code: 'NOTIFICATION_NOT_REPLAYABLE',
  message: `Only what has been sent or has ended can be replayed; the notification is ${notification.status}.`,
  notification,
});

export type ChannelUnavailable = ReturnType<typeof channelUnavailable>;
export type RecipientDisabled = ReturnType<typeof recipientDisabled>;
