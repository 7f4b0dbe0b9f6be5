import { listOf, type ListArguments } from '@flowmesh/platform/connections';
import { SqlConditions, type SqlParameters } from '@flowmesh/platform/database';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { NotificationPriority, NotificationStatus } from './notification-record.ts';

/** Which notifications a list shows; what is left out does not matter. */
export interface NotificationFilter {
  readonly channel?: readonly Channel[] | null;
  readonly status?: readonly NotificationStatus[] | null;
  readonly priority?: readonly NotificationPriority[] | null;
  readonly userId?: string | null;
  readonly senderId?: string | null;
  readonly recipient?: string | null;
  readonly category?: string | null;
  readonly templateId?: string | null;
  readonly bulkId?: string | null;
  readonly createdAfter?: Date | null;
  readonly createdBefore?: Date | null;
}

/** What a list shows. */
export interface NotificationQuery {
  readonly filter: NotificationFilter;
  /** Sent by or to this user; null for everybody's. */
  readonly visibleTo: string | null;
}

/** The condition on `notifications n`. */
export function conditionSql({ filter, visibleTo }: NotificationQuery, parameters: SqlParameters): string {
  return new SqlConditions(parameters)
    .add((viewer) => `(n.user_id = ${viewer} or n.sender_id = ${viewer})`, visibleTo)
    .add((list) => `n.channel = any(${list}::channel[])`, filter.channel)
    .add((list) => `n.status = any(${list}::notification_status[])`, filter.status)
    .add((list) => `n.priority = any(${list}::notification_priority[])`, filter.priority)
    .add((id) => `n.user_id = ${id}`, filter.userId)
    .add((id) => `n.sender_id = ${id}`, filter.senderId)
    .add((text) => `n.recipient = ${text}`, filter.recipient)
    .add((text) => `n.category = ${text}`, filter.category)
    .add((id) => `n.template_id = ${id}`, filter.templateId)
    .add((id) => `n.bulk_id = ${id}`, filter.bulkId)
    .add((time) => `n.created_at > ${time}`, filter.createdAfter)
    .add((time) => `n.created_at < ${time}`, filter.createdBefore)
    .toString();
}

const ORDERS = {
  orders: { CREATED_AT: { field: 'createdAt', type: 'date' } },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
} as const;

export const NOTIFICATIONS = listOf({ name: 'notifications', ...ORDERS });
export const NOTIFICATIONS_OF_USER = listOf({ name: 'User.notifications', ...ORDERS });

export type NotificationListArguments = ListArguments<'CREATED_AT', NotificationFilter>;
