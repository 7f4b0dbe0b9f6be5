import type { Channel } from '../../adapters/channel-adapter.ts';

export type NotificationStatus =
  'PENDING' | 'SCHEDULED' | 'QUEUED' | 'SENDING' | 'SENT' | 'DELIVERED' | 'FAILED' | 'CANCELLED' | 'EXPIRED';

export type NotificationPriority = 'LOW' | 'NORMAL' | 'HIGH' | 'CRITICAL';

/** Why an attempt failed. */
export interface DeliveryProblem {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** One message to one recipient, as the domain sees it. Attachments are read by whoever sends it only. */
export interface NotificationRecord {
  readonly id: string;
  /** Whom it is for. */
  readonly userId: string;
  readonly senderId: string;
  readonly channel: Channel;
  readonly category: string | null;
  readonly templateId: string | null;
  readonly templateVersion: number | null;
  readonly subject: string | null;
  readonly content: string;
  readonly htmlContent: string | null;
  readonly recipient: string;
  readonly metadata: Record<string, unknown>;
  readonly priority: NotificationPriority;
  readonly status: NotificationStatus;
  readonly scheduledAt: Date | null;
  readonly timeZone: string | null;
  readonly expiresAt: Date | null;
  /** Not to be tried before. */
  readonly availableAt: Date;
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly completedAt: Date | null;
  /** While it waits because whoever sent it is suspended. */
  readonly heldSince: Date | null;
  /** Attempts begun. */
  readonly attempts: number;
  /** Failed attempts since it was last queued by somebody. */
  readonly retryCount: number;
  /** Of the last failed attempt; none once sent. */
  readonly error: DeliveryProblem | null;
  readonly idempotencyKey: string | null;
  /** Stands for what was asked under the key. */
  readonly requestDigest: string | null;
  readonly bulkId: string | null;
  readonly replayOfId: string | null;
  readonly requestId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The notification that it is collected into. */
  readonly digestId: string | null;
  /** Opens and clicks may be counted. */
  readonly isTracked: boolean;
  /** What it says is known to whoever sends it only; `content` is empty. */
  readonly isConfidential: boolean;
  /** Number of the last event of its stream. */
  readonly streamSeq: number;
}

export type DeliveryStatus = 'SENT' | 'DELIVERED' | 'FAILED' | 'SKIPPED' | 'LOST';

/** What became of asking one provider, within one attempt. */
export interface DeliveryRecord {
  readonly id: string;
  readonly notificationId: string;
  readonly channel: Channel;
  readonly channelConfigId: string | null;
  readonly provider: string | null;
  readonly attempt: number;
  readonly position: number;
  readonly status: DeliveryStatus;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly retryable: boolean | null;
  readonly retryCount: number;
  readonly response: string | null;
  readonly providerMessageId: string | null;
  readonly startedAt: Date;
  readonly durationMs: number | null;
  readonly deliveredAt: Date | null;
}

const ENDED: ReadonlySet<NotificationStatus> = new Set(['DELIVERED', 'FAILED', 'CANCELLED', 'EXPIRED']);

export const hasEnded = (status: NotificationStatus): boolean => ENDED.has(status);
