import { id, jsonObject, line, metadata, name, text } from '@flowmesh/platform/validation';
import { z } from 'zod';
import { timeZone } from '../preferences/time-zone.ts';
import { language } from '../templates/languages.ts';

const MAX_ATTACHMENT_CHARACTERS = 1_000_000;

const attachment = z.object({
  fileName: name({ min: 1, max: 255 }),
  contentType: line({ min: 3, max: 127 }).pipe(
    z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type, e.g. text/csv'),
  ),
  content: z.base64('must be base64').max(MAX_ATTACHMENT_CHARACTERS, 'must be at most 1,000,000 characters of base64'),
});

/** An IANA time zone, as the runtime knows them. */

export const sendShape = z.object({
  channel: z.enum(['EMAIL', 'SMS', 'SLACK', 'WEBHOOK', 'IN_APP']),
  userId: id().nullish(),
  recipient: line({ min: 1, max: 2_000 }).nullish(),
  subject: line({ min: 1, max: 998 }).nullish(),
  content: text({ min: 1, max: 100_000 }).nullish(),
  htmlContent: text({ min: 1, max: 500_000 }).nullish(),
  templateId: id().nullish(),
  templateVersion: z.int().min(1, 'must be at least 1').nullish(),
  variables: jsonObject({ maxBytes: 256 * 1024 }).nullish(),
  language: language().nullish(),
  category: name({ min: 1, max: 100 }).nullish(),
  attachments: z.array(attachment).max(10, 'must be at most 10 attachments').nullish(),
  metadata: metadata().nullish(),
  priority: z.enum(['LOW', 'NORMAL', 'HIGH', 'CRITICAL']).default('NORMAL'),
  scheduledAt: z.date().nullish(),
  timeZone: timeZone().nullish(),
  expiresAt: z.date().nullish(),
  allowTracking: z.boolean().nullish(),
  confidential: z.boolean().nullish(),
  idempotencyKey: line({ min: 1, max: 255 }).nullish(),
});

const bulkRecipient = sendShape
  .pick({ userId: true, recipient: true, variables: true, language: true, metadata: true })
  .strip();

export const bulkShape = z.object({
  recipients: z.array(bulkRecipient).min(1, 'must be at least one').max(10_000, 'must be at most 10,000'),
  idempotencyKey: line({ min: 1, max: 200 }).nullish(),
});

export type BulkRecipient = z.output<typeof bulkRecipient>;

/** A message, and whom it is for. */
export type SendBulkNotificationsInput = z.input<typeof bulkShape> &
  Omit<z.input<typeof sendShape>, 'idempotencyKey' | 'attachments' | 'userId' | 'recipient'>;

export type SendNotificationInput = z.input<typeof sendShape>;
export type SendValues = z.output<typeof sendShape>;

export const retryFailedShape = z.object({
  channel: z.enum(['EMAIL', 'SMS', 'SLACK', 'WEBHOOK', 'IN_APP']).nullish(),
  recipient: line({ min: 1, max: 2_000 }).nullish(),
  category: name({ min: 1, max: 100 }).nullish(),
  createdAfter: z.date().nullish(),
  createdBefore: z.date().nullish(),
});

export type RetryFailedNotificationsInput = z.input<typeof retryFailedShape>;

export const replayShape = z.object({ id: id(), idempotencyKey: line({ min: 1, max: 255 }).nullish() });

export type ReplayNotificationInput = z.input<typeof replayShape>;
