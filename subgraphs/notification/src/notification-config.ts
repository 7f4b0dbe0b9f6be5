import { ConfigError } from '@flowmesh/platform/config';
import { invalidFields } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { DailyLimits } from './modules/notifications/daily-limit.ts';

export interface NotificationConfig {
  /** Waits before the attempts that follow a failed one, in milliseconds: as many as there are retries. */
  readonly retryScheduleMs: readonly number[];
  /** Of one attempt with one provider. */
  readonly attemptTimeoutMs: number;
  /** How long notifications that have ended are kept. */
  readonly retentionDays: number;
  readonly dailyLimits: DailyLimits;
}

/** That of Standard Webhooks: ten attempts within three days. */
const DEFAULT_SCHEDULE = '5s,5m,30m,2h,5h,10h,14h,20h,24h';
const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const MAX_RETRIES = 20;

const schedule = z
  .string()
  .regex(/^\d{1,6}[smh](,\d{1,6}[smh])*$/, 'must be waits such as 5s,5m,2h')
  .transform((text) => text.split(',').map((wait) => Number.parseInt(wait, 10) * (UNITS_MS[wait.at(-1) ?? ''] ?? 0)))
  .refine((waits) => waits.length <= MAX_RETRIES, `must be at most ${MAX_RETRIES} waits`);

const dailyLimit = z.coerce.number().int().min(1).max(100_000_000);

const schema = z.object({
  NOTIFICATION_RETRY_SCHEDULE: schedule.prefault(DEFAULT_SCHEDULE),
  NOTIFICATION_ATTEMPT_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(120).default(15),
  NOTIFICATION_DAILY_LIMIT: dailyLimit.default(1_000),
  NOTIFICATION_DAILY_LIMIT_ANYWHERE: dailyLimit.default(100_000),
  NOTIFICATION_RETENTION_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
});

/** Names of all variables that are read here. */
export const NOTIFICATION_VARIABLES: readonly string[] = Object.keys(schema.shape);

/** Settings of notification alone. Throws `ConfigError` with all problems. */
export function loadNotificationConfig(environment: NodeJS.ProcessEnv = process.env): NotificationConfig {
  const given = Object.entries(environment).filter(([, value]) => value !== '');
  const result = schema.safeParse(Object.fromEntries(given));
  if (!result.success) {
    throw new ConfigError(invalidFields(result.error).map(({ path, message }) => `${path} ${message}`));
  }
  return {
    retryScheduleMs: result.data.NOTIFICATION_RETRY_SCHEDULE,
    attemptTimeoutMs: result.data.NOTIFICATION_ATTEMPT_TIMEOUT_SECONDS * 1_000,
    dailyLimits: {
      perSender: result.data.NOTIFICATION_DAILY_LIMIT,
      perSenderAnywhere: result.data.NOTIFICATION_DAILY_LIMIT_ANYWHERE,
    },
    retentionDays: result.data.NOTIFICATION_RETENTION_DAYS,
  };
}
