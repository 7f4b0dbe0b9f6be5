import type { EventBus } from '@flowmesh/platform/events';
import type { Logger } from '@flowmesh/platform/logging';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { NotificationStore } from '../notifications/notification-store.ts';

export interface DeletedUsersParts {
  readonly bus: EventBus;
  readonly pool: Pool;
  readonly notifications: NotificationStore;
  readonly logger: Logger;
  /** After a commit that appended events. */
  readonly published: () => void;
}

/** Of the bus. */
export const DELETED_USERS_GROUP = 'notification-deleted-users';
const payloadShape = z.object({ userId: z.string() });

/** What is a person's own, and of no use without them. */
const OWN_TABLES = [
  'inbox_items',
  'notification_settings',
  'notification_preferences',
  'webhook_endpoints',
  'report_subscriptions',
  'notification_digests',
];

/**
 * Forgets people who were deleted: what waits for them is cancelled, and their inbox, settings, endpoints and reports go.
 * Notifications that were sent stay until their retention is over, for their senders. An event that comes again finds
 * nothing.
 */
export function startForgettingUsers(parts: DeletedUsersParts): Promise<{ stop(): Promise<void> }> {
  return parts.bus.consume(DELETED_USERS_GROUP, ['user.deleted'], async ({ payload }) => {
    const { userId } = payloadShape.parse(payload);
    await forget(parts, userId);
  });
}

async function forget({ pool, notifications, logger, published }: DeletedUsersParts, userId: string): Promise<void> {
  const cancelled = await notifications.cancelAllTo(userId);
  if (cancelled > 0) published();
  let removed = 0;
  for (const table of OWN_TABLES) {
    const { rowCount } = await pool.query(`delete from ${table} where user_id = $1`, [userId]);
    removed += rowCount ?? 0;
  }
  logger.info({ userId, cancelled, removed }, 'a deleted user is forgotten');
}
