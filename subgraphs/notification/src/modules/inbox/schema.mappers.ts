import type { Connection } from '@flowmesh/platform/connections';
import type { InboxItem } from './inbox-record.ts';
import type { InboxUpdate } from './inbox-updates.ts';

export type InboxItemMapper = InboxItem;
export type InboxConnectionMapper = Connection<InboxItem>;
export type InboxUpdateMapper = InboxUpdate;
/** The rest is counted when it is asked for. */
interface ChangedItems {
  readonly items: InboxItem[];
}
export type MarkNotificationReadSuccessMapper = ChangedItems;
export type ArchiveNotificationSuccessMapper = ChangedItems;
export interface MarkAllNotificationsReadSuccessMapper {
  readonly changed: number;
}
