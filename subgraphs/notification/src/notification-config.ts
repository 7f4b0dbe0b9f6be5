import { setting, settingsGroup, wholeNumber, type SettingType } from '@flowmesh/platform/config';
import { z } from 'zod';
import type { DailyLimits } from './modules/notifications/daily-limit.ts';

export interface NotificationConfig {
  /** Delay before each retry, in milliseconds; its length is the number of retries. */
  readonly retryScheduleMs: readonly number[];
  /** Time limit for one attempt with one provider. */
  readonly attemptTimeoutMs: number;
  /** How long notifications are kept after they were accepted, once they were sent or have ended. */
  readonly retentionDays: number;
  readonly dailyLimits: DailyLimits;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const MAX_RETRIES = 20;

const schedule: SettingType<readonly number[]> = {
  mustBe: `at most ${MAX_RETRIES} waits such as 5s,5m,2h`,
  schema: z
    .string()
    .regex(/^\d{1,6}[smh](,\d{1,6}[smh])*$/)
    .transform((text) => text.split(',').map((wait) => Number.parseInt(wait, 10) * (UNITS_MS[wait.at(-1) ?? ''] ?? 0)))
    .refine((waits) => waits.length <= MAX_RETRIES),
};

const dailyLimit = wholeNumber(1, 100_000_000);

/** How notifications are sent, and how long they are kept. */
export const deliverySettings = settingsGroup({
  name: 'delivery',
  title: 'Notifications',
  settings: {
    NOTIFICATION_RETRY_SCHEDULE: setting(schedule, {
      // That of Standard Webhooks: ten attempts within three days.
      default: '5s,5m,30m,2h,5h,10h,14h,20h,24h',
      meaning: 'Retry schedule: the delay before each retry, in seconds (`s`), minutes (`m`) or hours (`h`).',
    }),
    NOTIFICATION_ATTEMPT_TIMEOUT_SECONDS: setting(wholeNumber(1, 120), {
      default: '15',
      meaning: 'Time limit for one attempt with a provider or receiver, in seconds.',
    }),
    NOTIFICATION_DAILY_LIMIT: setting(dailyLimit, {
      default: '1000',
      meaning: 'Maximum number of external messages per sender and day (UTC).',
    }),
    NOTIFICATION_DAILY_LIMIT_ANYWHERE: setting(dailyLimit, {
      default: '100000',
      meaning: 'Maximum number of external messages per day (UTC) for a sender with `notification:send-anywhere`.',
    }),
    NOTIFICATION_RETENTION_DAYS: setting(wholeNumber(1, 3_650), {
      default: '90',
      meaning:
        'Days for which notifications are kept after they were accepted. Those that have not been sent yet are kept longer.',
    }),
  },
  toConfig: (values): NotificationConfig => ({
    retryScheduleMs: values.NOTIFICATION_RETRY_SCHEDULE,
    attemptTimeoutMs: values.NOTIFICATION_ATTEMPT_TIMEOUT_SECONDS * 1_000,
    dailyLimits: {
      perSender: values.NOTIFICATION_DAILY_LIMIT,
      perSenderAnywhere: values.NOTIFICATION_DAILY_LIMIT_ANYWHERE,
    },
    retentionDays: values.NOTIFICATION_RETENTION_DAYS,
  }),
});
