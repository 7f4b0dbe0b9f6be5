import {
  streamUpdates,
  updatesOfObject,
  type LiveCaller,
  type Message,
  type StoredEvent,
} from '@flowmesh/platform/events';
import { notificationStream, type NotificationEventPayload } from './notification-events.ts';
import { hasEnded, type NotificationRecord } from './notification-record.ts';
import type { NotificationService } from './notification-service.ts';

export type NotificationUpdate = Message<{ readonly notification: NotificationRecord }>;

/** The row may be further on than the event: what came later is not shown yet. */
function asOf(row: NotificationRecord, { payload, streamSeq, occurredAt }: StoredEvent): NotificationRecord {
  const { status, attempts, error, availableAt } = payload as NotificationEventPayload;
  const taken = status === 'SENT' || status === 'DELIVERED';
  return {
    ...row,
    status,
    attempts,
    error,
    availableAt: new Date(availableAt),
    sentAt: taken ? row.sentAt : null,
    deliveredAt: status === 'DELIVERED' ? row.deliveredAt : null,
    completedAt: hasEnded(status) ? (row.completedAt ?? occurredAt) : null,
    updatedAt: occurredAt,
    streamSeq: streamSeq ?? row.streamSeq,
  };
}

/** A notification as its status changes, to its end. */
export function notificationUpdates(
  caller: LiveCaller<{ readonly notifications: NotificationService }>,
  id: string,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<NotificationUpdate>> {
  const updates = updatesOfObject({
    stream: notificationStream(id),
    find: async () => (await caller.services.notifications.visible(caller.viewer, [id]))[0] ?? null,
    missing: { argument: 'notificationId', what: 'notification' },
    seqOf: ({ streamSeq }) => streamSeq,
    hasEnded: ({ status }) => hasEnded(status),
    show: (row, event) => ({ notification: event ? asOf(row, event) : row }),
  });
  return streamUpdates(caller, after, updates);
}
