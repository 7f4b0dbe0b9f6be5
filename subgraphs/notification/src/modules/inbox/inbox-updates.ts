import type { Viewer } from '@flowmesh/platform/access';
import {
  liveStream,
  startOfLog,
  subscribeToLog,
  type EventBus,
  type EventLog,
  type StoredEvent,
} from '@flowmesh/platform/events';
import { signedIn } from '../notifications/notification-access.ts';
import { INBOX_EVENT, type InboxEventPayload } from './inbox-events.ts';

export type InboxUpdateType = 'ADDED' | 'READ' | 'UNREAD' | 'ARCHIVED' | 'RESTORED' | 'ALL_READ';

/** A change of an inbox as subscribers get it; the first one is a marker without type. */
export interface InboxUpdate {
  readonly cursor: string;
  readonly type: InboxUpdateType | null;
  readonly itemId: string | null;
  readonly category: string | null;
  readonly occurredAt: Date;
}

const SHOWN_AS: Readonly<Record<string, InboxUpdateType>> = {
  [INBOX_EVENT.added]: 'ADDED',
  [INBOX_EVENT.read]: 'READ',
  [INBOX_EVENT.unread]: 'UNREAD',
  [INBOX_EVENT.archived]: 'ARCHIVED',
  [INBOX_EVENT.restored]: 'RESTORED',
  [INBOX_EVENT.allRead]: 'ALL_READ',
};

function toUpdate({ type, position, payload, occurredAt }: StoredEvent): InboxUpdate {
  const { itemId, category } = payload as InboxEventPayload;
  return { cursor: position, type: SHOWN_AS[type] ?? null, itemId, category, occurredAt };
}

interface UpdateParts {
  readonly log: EventLog;
  readonly bus: EventBus;
}

/** What happens in the viewer's inbox, behind `after` or from now on. */
export async function inboxUpdates(
  { log, bus }: UpdateParts,
  viewer: Viewer,
  after: string | null,
  outer: AbortSignal | undefined,
): Promise<AsyncIterableIterator<InboxUpdate>> {
  const { userId: ownerId } = signedIn(viewer);
  const start = await startOfLog(log, after);
  return liveStream(outer, async function* (signal) {
    yield { cursor: start, type: null, itemId: null, category: null, occurredAt: new Date() };
    const types = Object.keys(SHOWN_AS);
    for await (const event of subscribeToLog({ log, bus, after: start, types, ownerId, signal })) yield toUpdate(event);
  });
}
