import type { Channel } from '../../adapters/channel-adapter.ts';
import type { NotificationPriority } from '../notifications/notification-record.ts';

export type AnalyticsInterval = 'HOUR' | 'DAY' | 'WEEK' | 'MONTH';

/** Selects the notifications to count; conditions that are left out are ignored. */
export interface AnalyticsFilter {
  readonly channel?: readonly Channel[] | null;
  readonly priority?: readonly NotificationPriority[] | null;
  readonly category?: string | null;
  readonly templateId?: string | null;
  readonly userId?: string | null;
  readonly senderId?: string | null;
}

/** Notifications accepted from `from` until before `to`. */
export interface AnalyticsScope {
  readonly from: Date;
  readonly to: Date;
  readonly filter: AnalyticsFilter;
  /** Sent by or to this user; null for everybody's. */
  readonly visibleTo: string | null;
}

/** Figures for a set of notifications. A rate is null when its divisor is zero. */
export interface DeliveryFigures {
  readonly total: number;
  /** Not ended yet, and not accepted by a provider. */
  readonly pending: number;
  /** Accepted by a provider, including delivered ones. */
  readonly sent: number;
  readonly delivered: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly expired: number;
  /** Needed more than one attempt. */
  readonly retried: number;
  readonly attempts: number;
  readonly opened: number;
  readonly clicked: number;
  readonly averageLatencyMs: number | null;
  readonly p50LatencyMs: number | null;
  readonly p95LatencyMs: number | null;
  readonly p99LatencyMs: number | null;
}

export interface FailureReason {
  readonly channel: Channel;
  readonly code: string;
  /** Attempts that failed so. */
  readonly attempts: number;
  /** Notifications that were given up for it. */
  readonly notifications: number;
}

export interface ProviderFigures {
  readonly channel: Channel;
  readonly channelConfigId: string | null;
  readonly provider: string | null;
  readonly attempts: number;
  readonly taken: number;
  readonly failed: number;
  readonly skipped: number;
  readonly averageDurationMs: number | null;
  readonly p95DurationMs: number | null;
}

export interface SeriesPoint {
  readonly start: Date;
  readonly figures: DeliveryFigures;
}

export interface TemplateFigures {
  readonly templateId: string;
  readonly figures: DeliveryFigures;
  readonly versions: readonly { readonly version: number; readonly figures: DeliveryFigures }[];
}

export interface UserEngagement {
  readonly userId: string;
  readonly figures: DeliveryFigures;
  /** When the user last opened or clicked something of it. */
  readonly lastEngagedAt: Date | null;
}

export const NO_FIGURES: DeliveryFigures = {
  total: 0,
  pending: 0,
  sent: 0,
  delivered: 0,
  failed: 0,
  cancelled: 0,
  expired: 0,
  retried: 0,
  attempts: 0,
  opened: 0,
  clicked: 0,
  averageLatencyMs: null,
  p50LatencyMs: null,
  p95LatencyMs: null,
  p99LatencyMs: null,
};
