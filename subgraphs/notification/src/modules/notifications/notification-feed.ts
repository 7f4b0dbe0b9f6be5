import type { Viewer } from '@flowmesh/platform/access';
import {
  liveStream,
  startOfLog,
  subscribeToLog,
  type EventBus,
  type EventLog,
  type StoredEvent,
} from '@flowmesh/platform/events';
import type { Channel } from '../../channels/channel-adapter.ts';
import { visibleUser } from './notification-access.ts';
import { NOTIFICATION_EVENT, type NotificationEventPayload } from './notification-events.ts';
import type { NotificationStatus } from './notification-record.ts';

export type NotificationEventType =
  | 'CREATED'
  | 'SCHEDULED'
  | 'QUEUED'
  | 'SENDING'
  | 'RETRYING'
  | 'SENT'
  | 'DELIVERED'
  | 'FAILED'
  | 'CANCELLED'
  | 'EXPIRED';

export interface NotificationEventFilter {
  readonly types?: readonly NotificationEventType[] | null;
  readonly channel?: Channel | null;
  readonly userId?: string | null;
  readonly category?: string | null;
  readonly templateId?: string | null;
}

/** An event of a notification as subscribers get it; the first one is a marker without type. */
export interface NotificationFeedEvent {
  readonly cursor: string;
  readonly type: NotificationEventType | null;
  readonly notificationId: string | null;
  readonly status: NotificationStatus | null;
  readonly occurredAt: Date;
}

const SHOWN_AS: Readonly<Record<string, NotificationEventType>> = Object.fromEntries(
  Object.entries(NOTIFICATION_EVENT).map(([name, type]) => [type, name.toUpperCase() as NotificationEventType]),
);

function toFeedEvent({ type, position, payload, occurredAt }: StoredEvent): NotificationFeedEvent {
  const { notificationId, status } = payload as NotificationEventPayload;
  return { cursor: position, type: SHOWN_AS[type] ?? null, notificationId, status, occurredAt };
}

function fits(payload: NotificationEventPayload, filter: NotificationEventFilter): boolean {
  const wanted = (['channel', 'userId', 'category', 'templateId'] as const).filter((name) => filter[name] != null);
  return wanted.every((name) => payload[name] === filter[name]);
}

interface FeedParts {
  readonly log: EventLog;
  readonly bus: EventBus;
}

/** The events of the notifications the viewer has sent, behind `after` or from now on; everybody's for who may. */
export async function notificationFeed(
  { log, bus }: FeedParts,
  viewer: Viewer,
  filter: NotificationEventFilter,
  after: string | null,
  outer: AbortSignal | undefined,
): Promise<AsyncIterableIterator<NotificationFeedEvent>> {
  const ownerId = visibleUser(viewer) ?? undefined;
  const types = Object.entries(SHOWN_AS)
    .filter(([, shown]) => !filter.types || filter.types.includes(shown))
    .map(([type]) => type);
  const start = await startOfLog(log, after);
  return liveStream(outer, async function* (signal) {
    yield { cursor: start, type: null, notificationId: null, status: null, occurredAt: new Date() };
    for await (const event of subscribeToLog({ log, bus, after: start, types, ownerId, signal })) {
      if (fits(event.payload as NotificationEventPayload, filter)) yield toFeedEvent(event);
    }
  });
}
