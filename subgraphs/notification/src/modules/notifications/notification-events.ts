import type { NewEvent } from '@flowmesh/platform/events';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { DeliveryProblem, NotificationRecord, NotificationStatus } from './notification-record.ts';

/** What each event of a notification says, version 1. */
export interface NotificationEventPayload {
  /** Of `notification`. */
  readonly notificationId: string;
  /** The user whom it is for. */
  readonly userId: string;
  /** The user who has sent it. */
  readonly senderId: string;
  readonly channel: Channel;
  readonly category: string | null;
  readonly templateId: string | null;
  /** The bulk that it is part of. */
  readonly bulkId: string | null;
  readonly status: NotificationStatus;
  /** Attempts that have begun. */
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly error: DeliveryProblem | null;
  /** When it is tried next, while it waits. */
  readonly availableAt: string;
}

/** A type of event that tells of a notification. */
export const NOTIFICATION_EVENT = {
  /** Accepted and stored. */
  created: 'notification.created',
  scheduled: 'notification.scheduled',
  queued: 'notification.queued',
  /** An attempt has begun. */
  sending: 'notification.sending',
  /** An attempt failed or was lost; another one will follow. */
  retrying: 'notification.retrying',
  /** A provider took it. */
  sent: 'notification.sent',
  /** It has arrived. */
  delivered: 'notification.delivered',
  failed: 'notification.failed',
  cancelled: 'notification.cancelled',
  expired: 'notification.expired',
} as const;

export type NotificationEventName = (typeof NOTIFICATION_EVENT)[keyof typeof NOTIFICATION_EVENT];

export const notificationStream = (id: string) => `notification:${id}`;

/** The fields of a notification that its events need. */
export type EventSource = Pick<
  NotificationRecord,
  | 'id'
  | 'userId'
  | 'senderId'
  | 'channel'
  | 'category'
  | 'templateId'
  | 'bulkId'
  | 'status'
  | 'attempts'
  | 'error'
  | 'availableAt'
  | 'requestId'
  | 'streamSeq'
>;

/** `notification` as it is with the change; its `streamSeq` is the event's number. */
export function notificationEvent(
  type: NotificationEventName,
  notification: EventSource,
): NewEvent<NotificationEventPayload> {
  const { id, userId, senderId, channel, category, templateId, bulkId, status, attempts, error } = notification;
  return {
    type,
    version: 1,
    stream: notificationStream(id),
    streamSeq: notification.streamSeq,
    ownerId: senderId,
    payload: {
      notificationId: id,
      userId,
      senderId,
      channel,
      category,
      templateId,
      bulkId,
      status,
      attempts,
      error,
      availableAt: notification.availableAt.toISOString(),
    },
    requestId: notification.requestId ?? undefined,
  };
}
