import { heldSinceSql } from '@flowmesh/platform/suspensions';
import type { DeliveryRecord, NotificationRecord } from './notification-record.ts';

/** Columns of `notifications n` under the names of `NotificationRecord`. */
export const NOTIFICATION_COLUMNS = `
  n.id, n.user_id as "userId", n.sender_id as "senderId", n.channel::text, n.category,
  n.template_id as "templateId", n.template_version as "templateVersion", n.subject, n.content,
  n.html_content as "htmlContent", n.recipient, n.metadata, n.priority::text, n.status::text,
  n.scheduled_at as "scheduledAt", n.time_zone as "timeZone", n.expires_at as "expiresAt",
  n.available_at as "availableAt", n.sent_at as "sentAt", n.delivered_at as "deliveredAt",
  n.completed_at as "completedAt", n.attempts, n.retry_count as "retryCount", n.error,
  n.idempotency_key as "idempotencyKey", n.request_digest as "requestDigest", n.bulk_id as "bulkId", n.replay_of_id as "replayOfId",
  n.request_id as "requestId", n.created_at as "createdAt", n.updated_at as "updatedAt", n.is_tracked as "isTracked",
  n.is_confidential as "isConfidential", n.digest_id as "digestId",
  case when n.status in ('PENDING', 'SCHEDULED', 'QUEUED') then ${heldSinceSql('n.sender_id')} end as "heldSince",
  n.stream_seq as "streamSeq"`;

/** Columns of `delivery_logs d` under the names of `DeliveryRecord`. */
export const DELIVERY_COLUMNS = `
  d.id, d.notification_id as "notificationId", d.channel::text, d.channel_config_id as "channelConfigId", d.provider,
  d.attempt, d.position, d.status::text, d.error_code as "errorCode", d.error_message as "errorMessage", d.retryable,
  d.retry_count as "retryCount", d.response, d.provider_message_id as "providerMessageId",
  d.started_at as "startedAt", d.duration_ms as "durationMs", d.delivered_at as "deliveredAt"`;

/** A row as the columns above select it. JSON columns hold what was checked when they were written. */
export type NotificationRow = NotificationRecord;
export type DeliveryRow = DeliveryRecord;
