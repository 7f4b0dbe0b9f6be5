import type { Connection } from '@flowmesh/platform/connections';
import type { BulkRecord } from './bulk-service.ts';
import type { NotificationFeedEvent } from './notification-feed.ts';
import type { DeliveryRecord, NotificationRecord } from './notification-record.ts';

/** Auth has the rest of a user. */
export interface UserMapper {
  readonly id: string;
}

export type NotificationBulkMapper = BulkRecord;
export type NotificationMapper = NotificationRecord;
export type NotificationConnectionMapper = Connection<NotificationRecord>;
export type NotificationDeliveryMapper = DeliveryRecord;
export type NotificationEventMapper = NotificationFeedEvent;
