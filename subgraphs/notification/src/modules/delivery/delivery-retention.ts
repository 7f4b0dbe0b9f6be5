import type { Logger } from '@flowmesh/platform/logging';
import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import { startRetention } from '@flowmesh/platform/retention';

/** Removes at most `limit` rows that ended so many days ago, and gives how many went. */
interface Expiring {
  removeOld(days: number, limit: number): Promise<number>;
}

interface RetentionParts {
  readonly notifications: Expiring;
  readonly reports: Expiring;
  readonly digests: Expiring;
  readonly queues: QueueSystem;
  readonly logger: Logger;
  readonly retentionDays: number;
}

/** Keeps the tables from growing for ever. */
export function startRetentions({ queues, logger, retentionDays, ...stores }: RetentionParts): readonly QueueWorker[] {
  const kept = {
    notifications: stores.notifications,
    'notification-reports': stores.reports,
    'notification-digests': stores.digests,
  };
  return Object.entries(kept).map(([name, store]) =>
    startRetention({ name, queues, logger, remove: (limit) => store.removeOld(retentionDays, limit) }),
  );
}
