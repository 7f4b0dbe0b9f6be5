import { streamUpdates, updatesOfLog, type LiveCaller, type Message } from '@flowmesh/platform/events';
import type { Channel } from '../../adapters/channel-adapter.ts';
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

interface NotificationShown {
  readonly notificationId: string | null;
  readonly status: NotificationStatus | null;
}

/** An event of a notification as subscribers get it; the first one is a marker without type. */
export type NotificationFeedEvent = Message<NotificationShown & { readonly type: NotificationEventType | null }>;

const SHOWN_AS: Readonly<Record<string, NotificationEventType>> = Object.fromEntries(
  Object.entries(NOTIFICATION_EVENT).map(([name, type]) => [type, name.toUpperCase() as NotificationEventType]),
);

function fits(payload: NotificationEventPayload, filter: NotificationEventFilter): boolean {
  const wanted = (['channel', 'userId', 'category', 'templateId'] as const).filter((name) => filter[name] != null);
  return wanted.every((name) => payload[name] === filter[name]);
}

/** The events of the notifications the viewer has sent; everybody's for who may. */
export function notificationFeed(
  caller: LiveCaller,
  filter: NotificationEventFilter | null | undefined,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<NotificationFeedEvent>> {
  const updates = updatesOfLog<NotificationEventType, NotificationShown>({
    shownAs: SHOWN_AS,
    types: filter?.types,
    ownerId: visibleUser(caller.viewer),
    marker: { notificationId: null, status: null },
    show(event) {
      const payload = event.payload as NotificationEventPayload;
      const { notificationId, status } = payload;
      return fits(payload, filter ?? {}) ? { notificationId, status } : null;
    },
  });
  return streamUpdates(caller, after, updates);
}
