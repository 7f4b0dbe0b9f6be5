import { setting, settingsGroup, wholeNumber, type SettingType } from '@flowmesh/platform/config';
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

/** How notification sends, and how long it keeps what it has sent. */
export const deliverySettings = settingsGroup({
  name: 'delivery',
  title: 'Notifications',
  settings: {
    NOTIFICATION_RETRY_SCHEDULE: setting(schedule, {
      // That of Standard Webhooks: ten attempts within three days.
      default: '5s,5m,30m,2h,5h,10h,14h,20h,24h',
      meaning: 'Waits before the attempts that follow a failed one, in seconds (`s`), minutes (`m`) or hours (`h`).',
    }),
    NOTIFICATION_ATTEMPT_TIMEOUT_SECONDS: setting(wholeNumber(1, 120), {
      default: '15',
      meaning: 'Seconds that a provider or receiver may take for one attempt.',
    }),
    NOTIFICATION_DAILY_LIMIT: setting(dailyLimit, {
      default: '1000',
      meaning: 'Messages that a sender may send out of the product on a day (UTC).',
    }),
    NOTIFICATION_DAILY_LIMIT_ANYWHERE: setting(dailyLimit, {
      default: '100000',
      meaning: 'The same for senders with `notification:send-anywhere`.',
    }),
    NOTIFICATION_RETENTION_DAYS: setting(wholeNumber(1, 3_650), {
      default: '90',
      meaning: 'Days that notifications are kept after their end.',
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
