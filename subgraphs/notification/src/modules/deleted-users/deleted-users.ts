import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { z } from 'zod';
import type { NotificationStore } from '../notifications/notification-store.ts';

/** Of the bus. */
const GROUP = 'notification-deleted-users';
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
 * Removes the data of deleted users: waiting notifications for them are cancelled, and their inbox, settings, endpoints and
 * report subscriptions are removed. Sent notifications are kept for their senders until their retention ends. Idempotent: a
 * repeated event finds nothing to remove.
 */
export function forgetDeletedUsers(domain: OpenDomain, notifications: NotificationStore): void {
  domain.consume(GROUP, () =>
    domain.bus.consume(GROUP, ['user.deleted'], async ({ payload }) => {
      const { userId } = payloadShape.parse(payload);
      await forget(domain, notifications, userId);
    }),
  );
}

async function forget(domain: OpenDomain, notifications: NotificationStore, userId: string): Promise<void> {
  const { pool, logger, published } = domain;
  const cancelled = await notifications.cancelAllTo(userId);
  if (cancelled > 0) published();
  let removed = 0;
  for (const table of OWN_TABLES) {
    const { rowCount } = await pool.query(`delete from ${table} where user_id = $1`, [userId]);
    removed += rowCount ?? 0;
  }
  logger.info({ userId, cancelled, removed }, 'a deleted user is forgotten');
}
