import type { Channel } from '../../channels/channel-adapter.ts';

export const channelUnavailable = (channel: Channel) => ({
  __typename: 'NotificationChannelUnavailableError' as const,
  code: 'NOTIFICATION_CHANNEL_UNAVAILABLE',
  message: `No provider of ${channel} is configured and active.`,
  channel,
});

export const recipientDisabled = (recipient: string, reason: string) => ({
  __typename: 'NotificationRecipientDisabledError' as const,
  code: 'NOTIFICATION_RECIPIENT_DISABLED',
  message: `The recipient gets nothing any more: ${reason}`,
  recipient,
});

/** What the user, or the recipient, has said about such notifications. */
export const notificationUnwanted = (reason: string) => ({
  __typename: 'NotificationUnwantedError' as const,
  code: 'NOTIFICATION_UNWANTED',
  message: reason,
});

export type NotificationUnwanted = ReturnType<typeof notificationUnwanted>;
export type ChannelUnavailable = ReturnType<typeof channelUnavailable>;
export type RecipientDisabled = ReturnType<typeof recipientDisabled>;
