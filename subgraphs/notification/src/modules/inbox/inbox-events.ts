import type { NewEvent } from '@flowmesh/platform/events';

/** What each event of an inbox says, version 1. */
export interface InboxEventPayload {
  readonly userId: string;
  /** Null when it is about all of them. */
  readonly itemId: string | null;
  readonly category: string | null;
}

/** A type of event that tells of an inbox. */
export const INBOX_EVENT = {
  added: 'notification.inbox.added',
  read: 'notification.inbox.read',
  unread: 'notification.inbox.unread',
  archived: 'notification.inbox.archived',
  restored: 'notification.inbox.restored',
  /** Of a category, of all when null. */
  allRead: 'notification.inbox.all-read',
} as const;

export type InboxEventName = (typeof INBOX_EVENT)[keyof typeof INBOX_EVENT];

export const inboxEvent = (
  type: InboxEventName,
  userId: string,
  about: { readonly id: string | null; readonly category: string | null },
): NewEvent<InboxEventPayload> => ({
  type,
  version: 1,
  stream: `inbox:${userId}`,
  ownerId: userId,
  payload: { userId, itemId: about.id, category: about.category },
});
