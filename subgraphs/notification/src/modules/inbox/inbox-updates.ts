import { signedIn } from '@flowmesh/platform/access';
import { streamUpdates, updatesOfLog, type LiveCaller, type Message } from '@flowmesh/platform/events';
import { INBOX_EVENT, type InboxEventPayload } from './inbox-events.ts';

export type InboxUpdateType = 'ADDED' | 'READ' | 'UNREAD' | 'ARCHIVED' | 'RESTORED' | 'ALL_READ';

interface InboxShown {
  readonly itemId: string | null;
  readonly category: string | null;
}

/** A change of an inbox as subscribers get it; the first one is a marker without type. */
export type InboxUpdate = Message<InboxShown & { readonly type: InboxUpdateType | null }>;

const SHOWN_AS: Readonly<Record<string, InboxUpdateType>> = {
  [INBOX_EVENT.added]: 'ADDED',
  [INBOX_EVENT.read]: 'READ',
  [INBOX_EVENT.unread]: 'UNREAD',
  [INBOX_EVENT.archived]: 'ARCHIVED',
  [INBOX_EVENT.restored]: 'RESTORED',
  [INBOX_EVENT.allRead]: 'ALL_READ',
};

/** What happens in the viewer's inbox. */
export function inboxUpdates(
  caller: LiveCaller,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<InboxUpdate>> {
  const updates = updatesOfLog<InboxUpdateType, InboxShown>({
    shownAs: SHOWN_AS,
    ownerId: signedIn(caller.viewer).userId,
    marker: { itemId: null, category: null },
    show({ payload }) {
      const { itemId, category } = payload as InboxEventPayload;
      return { itemId, category };
    },
  });
  return streamUpdates(caller, after, updates);
}
