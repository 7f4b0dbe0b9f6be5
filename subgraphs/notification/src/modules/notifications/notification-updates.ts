import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import {
  liveStream,
  startOfStream,
  subscribeToStream,
  type EventBus,
  type EventLog,
  type StoredEvent,
} from '@flowmesh/platform/events';
import { notificationStream, type NotificationEventPayload } from './notification-events.ts';
import { hasEnded, type NotificationRecord } from './notification-record.ts';
import type { NotificationService } from './notification-service.ts';

export interface NotificationUpdate {
  readonly cursor: string;
  readonly notification: NotificationRecord;
}

interface UpdateParts {
  readonly log: EventLog;
  readonly bus: EventBus;
  readonly notifications: NotificationService;
}

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

/** A notification as its status changes, to its end. Without `after` a snapshot comes first; with it, what is behind it. */
export async function notificationUpdates(
  { log, bus, notifications }: UpdateParts,
  viewer: Viewer,
  id: string,
  after: string | null,
  outer: AbortSignal | undefined,
): Promise<AsyncIterableIterator<NotificationUpdate>> {
  const [snapshot] = await notifications.visible(viewer, [id]);
  if (!snapshot) throw badInput('notificationId', 'There is no such notification, or you may not see it.');
  const stream = notificationStream(id);
  const afterSeq = await startOfStream({ log, stream, after, current: snapshot.streamSeq });
  return liveStream(outer, async function* (signal) {
    if (after === null) yield { cursor: String(afterSeq), notification: snapshot };
    if (hasEnded(snapshot.status) && snapshot.streamSeq <= afterSeq) return;
    for await (const event of subscribeToStream({ log, bus, stream, afterSeq, signal })) {
      const [row] = await notifications.visible(viewer, [id]);
      if (!row) return;
      yield { cursor: String(event.streamSeq), notification: asOf(row, event) };
      // One that failed may have been retried since.
      if (hasEnded(row.status) && row.streamSeq <= (event.streamSeq ?? 0)) return;
    }
  });
}
