import type { QueueSystem, QueueWorker } from '@flowmesh/platform/queue';
import type { NotificationRecord } from '../notifications/notification-record.ts';
import type { NewNotification } from '../notifications/notification-store.ts';
import type { Digest, DigestStore } from './digest-store.ts';

const EVERY_MS = 5_000;
const MAX_PER_ROUND = 1_000;
const MAX_CHARACTERS = 90_000;

/** One notification that says what all of them say. */
export function toNotification(digest: Digest, items: readonly NotificationRecord[]): NewNotification {
  const [first] = items;
  const isOne = items.length === 1 && first !== undefined;
  const about = digest.category === null ? '' : `: ${digest.category}`;
  return {
    id: digest.id,
    userId: digest.userId,
    senderId: digest.userId,
    channel: digest.channel,
    category: digest.category,
    templateId: isOne ? first.templateId : null,
    templateVersion: isOne ? first.templateVersion : null,
    subject: digest.channel === 'SMS' ? null : isOne ? first.subject : `${items.length} notifications${about}`,
    content: isOne ? first.content : listOf(items),
    htmlContent: isOne ? first.htmlContent : null,
    recipient: digest.recipient,
    attachments: null,
    metadata: isOne ? first.metadata : { digest: { notificationIds: items.map(({ id }) => id).slice(0, 1_000) } },
    priority: items.some(({ priority }) => priority === 'HIGH') ? 'HIGH' : 'NORMAL',
    scheduledAt: null,
    timeZone: null,
    expiresAt: null,
    holdUntil: null,
    isTracked: items.every(({ isTracked }) => isTracked),
    isConfidential: false,
    sealedContent: null,
    idempotencyKey: `digest:${digest.id}`,
    requestDigest: null,
    bulkId: null,
    replayOfId: null,
    requestId: null,
  };
}

/** The oldest first; what is too much is counted. */
function listOf(items: readonly NotificationRecord[]): string {
  const entries: string[] = [];
  let length = 0;
  for (const { subject, content } of items) {
    const entry = subject === null ? content : `${subject}\n${content}`;
    length += entry.length + 2;
    if (length > MAX_CHARACTERS) break;
    entries.push(entry);
  }
  const left = items.length - entries.length;
  return [...entries, ...(left > 0 ? [`… and ${left} more`] : [])].join('\n\n');
}

/** Every window that is due; how many. */
export async function sendDigests(store: DigestStore): Promise<number> {
  let sent = 0;
  while (sent < MAX_PER_ROUND && (await store.sendDue(toNotification))) sent += 1;
  return sent;
}

/** Sends windows when their time has come; workers find what was stored by themselves. */
export const startDigests = (store: DigestStore, queues: QueueSystem, published: () => void): QueueWorker =>
  queues.repeat('notification-digests', EVERY_MS, async () => {
    if ((await sendDigests(store)) > 0) published();
  });
