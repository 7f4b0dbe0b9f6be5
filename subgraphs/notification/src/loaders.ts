import type { Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import DataLoader from 'dataloader';
import type { DeliveryRecord, NotificationRecord } from './modules/notifications/notification-record.ts';
import type { ListArguments, NotificationService } from './modules/notifications/notification-service.ts';

/** Batched reads of one operation; each knows its viewer, and gives null for what the viewer may not see. */
export interface Loaders {
  readonly notifications: DataLoader<string, NotificationRecord | null>;
  readonly deliveries: DataLoader<string, DeliveryRecord[]>;
  /** One loader for each set of arguments: a page of users reads all its lists in one statement. */
  notificationsOfUser(args: ListArguments): DataLoader<string, Connection<NotificationRecord>>;
}

const MAX_BATCH = 500;

export function createLoaders(viewer: Viewer, notifications: NotificationService): Loaders {
  const lists = new Map<string, DataLoader<string, Connection<NotificationRecord>>>();
  const options = { maxBatchSize: MAX_BATCH };
  return {
    notifications: new DataLoader((ids) => notifications.visible(viewer, ids), options),
    deliveries: new DataLoader((ids) => notifications.deliveriesOf(ids), options),
    notificationsOfUser(args) {
      const key = JSON.stringify([args.filter, args.orderBy, args.first, args.after]);
      const known = lists.get(key);
      if (known) return known;
      const loader = new DataLoader<string, Connection<NotificationRecord>>(
        (ids) => notifications.listsOf(viewer, ids, args),
        options,
      );
      lists.set(key, loader);
      return loader;
    },
  };
}
