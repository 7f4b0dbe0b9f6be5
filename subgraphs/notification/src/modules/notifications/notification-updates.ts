import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import {
  liveStream,
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

function sequenceOf(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw badInput('after', 'is not a cursor of this subscription.');
  return Number(cursor);
}

/** A notification as its status changes, to its end. Without `after` a snapshot comes first; with it, what is behind it. */
export function notificationUpdates(
  { log, bus, notifications }: UpdateParts,
  viewer: Viewer,
  id: string,
  after: string | null,
  outer: AbortSignal | undefined,
): AsyncIterableIterator<NotificationUpdate> {
  const given = after === null ? null : sequenceOf(after);
  return liveStream(outer, async function* (signal) {
    const [snapshot] = await notifications.visible(viewer, [id]);
    if (!snapshot) throw badInput('notificationId', 'There is no such notification, or you may not see it.');
    const afterSeq = given ?? snapshot.streamSeq;
    if (given === null) yield { cursor: String(afterSeq), notification: snapshot };
    if (hasEnded(snapshot.status) && snapshot.streamSeq <= afterSeq) return;
    for await (const event of subscribeToStream({ log, bus, stream: notificationStream(id), afterSeq, signal })) {
      const [row] = await notifications.visible(viewer, [id]);
      if (!row) return;
      yield { cursor: String(event.streamSeq), notification: asOf(row, event) };
      // One that failed may have been retried since.
      if (hasEnded(row.status) && row.streamSeq <= (event.streamSeq ?? 0)) return;
    }
  });
}
