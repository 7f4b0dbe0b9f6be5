import type { NotificationPriority } from '../notifications/notification-record.ts';

/** A notification in somebody's inbox. */
export interface InboxItem {
  /** Of the notification. */
  readonly id: string;
  readonly userId: string;
  readonly category: string | null;
  readonly subject: string | null;
  readonly content: string;
  readonly htmlContent: string | null;
  readonly metadata: Record<string, unknown>;
  readonly priority: NotificationPriority;
  readonly readAt: Date | null;
  readonly archivedAt: Date | null;
  readonly createdAt: Date;
}

/** What an inbox shows; what is left out does not matter. */
export interface InboxFilter {
  /** Only these, or only those that have been read. */
  readonly unread?: boolean | null;
  readonly category?: string | null;
  /** Archived ones instead of the others. */
  readonly archived?: boolean | null;
}
