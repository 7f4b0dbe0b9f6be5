import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import { visibleUser } from '../notifications/notification-access.ts';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { DeliveryFigures, FailureReason, SeriesPoint, TemplateFigures } from './analytics-record.ts';
import { checkedTimeZone } from './analytics-service.ts';
import type { AnalyticsStore } from './analytics-store.ts';

export type ReportKind = 'DAILY' | 'MONTHLY';

export interface DeliveryReport {
  readonly kind: ReportKind;
  /** `2026-01-31` or `2026-01`. */
  readonly period: string;
  readonly timeZone: string;
  readonly from: Date;
  readonly to: Date;
  readonly totals: DeliveryFigures;
  /** Of the period before. */
  readonly previousTotals: DeliveryFigures;
  readonly channels: { readonly channel: Channel; readonly figures: DeliveryFigures }[];
  readonly series: SeriesPoint[];
  readonly failures: FailureReason[];
  readonly templates: TemplateFigures[];
}

const TOP_TEMPLATES = 10;
const KINDS = {
  DAILY: { unit: 'day', interval: 'HOUR', argument: 'date', pattern: /^20\d\d-\d\d-\d\d$/, example: '2026-01-31' },
  MONTHLY: { unit: 'month', interval: 'DAY', argument: 'month', pattern: /^20\d\d-\d\d$/, example: '2026-01' },
} as const;

/** What happened in a day or a month, by the calendar of a time zone. */
export class DeliveryReportService {
  constructor(private readonly store: AnalyticsStore) {}

  async report(viewer: Viewer, kind: ReportKind, period: string, timeZone: string): Promise<DeliveryReport> {
    const { argument, pattern, example } = KINDS[kind];
    if (!pattern.test(period) || !exists(period)) throw badInput(argument, `must be like ${example}`);
    return this.of(visibleUser(viewer), kind, period, checkedTimeZone(timeZone));
  }

  /** Of what this user sent or got, of everything when null. The period must exist. */
  async of(visibleTo: string | null, kind: ReportKind, period: string, timeZone: string): Promise<DeliveryReport> {
    const { unit, interval } = KINDS[kind];
    const range = await this.store.period(period, unit, timeZone);
    const before = await this.store.period(previous(period), unit, timeZone);
    const scope = { ...range, filter: {}, visibleTo };
    const [totals, previousTotals, channels, series, failures, templates] = await Promise.all([
      this.store.totals(scope),
      this.store.totals({ ...scope, ...before }),
      this.store.byChannel(scope),
      this.store.series(scope, interval, timeZone),
      this.store.failures(scope),
      this.store.byTemplate(scope, null, TOP_TEMPLATES),
    ]);
    const byChannel = [...channels].map(([channel, figures]) => ({ channel, figures }));
    byChannel.sort((a, b) => b.figures.total - a.figures.total || (a.channel < b.channel ? -1 : 1));
    return {
      kind,
      period,
      timeZone,
      ...range,
      totals,
      previousTotals,
      channels: byChannel,
      series,
      failures,
      templates,
    };
  }
}

/** 31 February is read as the third of March. */
function exists(period: string): boolean {
  const date = new Date(`${period}${period.length === 7 ? '-01' : ''}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(period);
}

/** The day or month before. */
export function previous(period: string): string {
  const isMonth = period.length === 7;
  const date = new Date(`${period}${isMonth ? '-01' : ''}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, isMonth ? 7 : 10);
}
