import type { Connection } from '@flowmesh/platform/connections';
import type { DeliveryRecord, NotificationRecord } from './notification-record.ts';

export type NotificationMapper = NotificationRecord;
export type NotificationConnectionMapper = Connection<NotificationRecord>;
export type NotificationDeliveryMapper = DeliveryRecord;
