import type { Channel } from '../../adapters/channel-adapter.ts';
import type { NotificationPriority } from '../notifications/notification-record.ts';

export type Weekday = 'MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY' | 'SUNDAY';

/** In the order of ISO 8601: MONDAY is 1. */
export const WEEKDAYS: readonly Weekday[] = [
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
  'SUNDAY',
];

/** What a user wants of a channel, or of one category there. */
export interface PreferenceRule {
  readonly channel: Channel;
  /** Null for all that have no rule of their own. */
  readonly category: string | null;
  readonly isEnabled: boolean;
  /** Collected for so long, then sent as one; null for each at once. */
  readonly digestMinutes: number | null;
}

/** When a user wants to be left alone, by the clock of their time zone. */
export interface QuietHours {
  /** `22:00` */
  readonly from: string;
  /** On the next day when it is not behind `from`. */
  readonly until: string;
  /** Days on which they begin. */
  readonly days: readonly Weekday[];
}

export interface UserSettings {
  readonly timeZone: string;
  readonly quietHours: QuietHours | null;
  readonly language: string | null;
  /** Whether opens and clicks of e-mail may be counted. */
  readonly allowTracking: boolean;
}

export interface Preferences extends UserSettings {
  readonly userId: string;
  readonly rules: readonly PreferenceRule[];
  /** Counts up with each change; 0 when nothing was ever said. */
  readonly version: number;
  readonly updatedAt: Date | null;
}

/** A notification that is about to be accepted. */
export interface Judged {
  /** Null for recipients who are nobody's user: only what they have unsubscribed from counts. */
  readonly userId: string | null;
  readonly channel: Channel;
  readonly recipient: string;
  readonly category: string | null;
  readonly priority: NotificationPriority;
  /** When it is to be sent; null for now. */
  readonly at: Date | null;
}

export type Verdict =
  | { readonly isWanted: false; readonly reason: string }
  | {
      readonly isWanted: true;
      /** Not before: the end of quiet hours, or when it is to be sent anyway; null for at once. */
      readonly holdUntil: Date | null;
      readonly digestMinutes: number | null;
      readonly allowTracking: boolean;
    };
