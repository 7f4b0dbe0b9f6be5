import type { Viewer } from '@flowmesh/platform/access';
import { badInput } from '@flowmesh/platform/errors';
import type { Channel } from '../../adapters/channel-adapter.ts';
import { visibleUser } from '../notifications/notification-access.ts';
import { canonicalTimeZone, NO_TIME_ZONE } from '../preferences/time-zone.ts';
import {
  NO_FIGURES,
  type AnalyticsFilter,
  type AnalyticsInterval,
  type AnalyticsScope,
  type DeliveryFigures,
  type FailureReason,
  type ProviderFigures,
  type SeriesPoint,
  type TemplateFigures,
  type UserEngagement,
} from './analytics-record.ts';
import type { AnalyticsStore } from './analytics-store.ts';

const INTERVAL_MS: Readonly<Record<AnalyticsInterval, number>> = {
  HOUR: 3_600_000,
  DAY: 86_400_000,
  WEEK: 7 * 86_400_000,
  MONTH: 28 * 86_400_000,
};
const MAX_POINTS = 1_000;
const MAX_RANGE_MS = 1_100 * 86_400_000;
const MAX_LIST = 100;
const DEFAULT_RANGE_MS = 30 * 86_400_000;

/** What is looked at; the last 30 days when nothing is said. */
export interface RangeArguments {
  readonly from?: Date | null;
  readonly to?: Date | null;
  readonly filter?: AnalyticsFilter | null;
}

interface Range {
  readonly from: Date;
  readonly to: Date;
}

export type DeliveryAnalytics = Range & {
  readonly totals: DeliveryFigures;
  readonly series: SeriesPoint[];
  readonly failures: FailureReason[];
};

export interface ChannelAnalytics {
  readonly channel: Channel;
  readonly figures: DeliveryFigures;
  readonly providers: ProviderFigures[];
  readonly failures: FailureReason[];
}

export interface UserEngagementAnalytics {
  readonly users: number;
  readonly engagedUsers: number;
  readonly byUser: UserEngagement[];
}

/** Figures of the notifications that a viewer may see. */
export class AnalyticsService {
  constructor(
    private readonly store: AnalyticsStore,
    private readonly now: () => Date = () => new Date(),
  ) {}

  async delivery(
    viewer: Viewer,
    args: RangeArguments & { readonly interval: AnalyticsInterval; readonly timeZone: string },
  ): Promise<DeliveryAnalytics> {
    const scope = this.scopeOf(viewer, args);
    const timeZone = checkedTimeZone(args.timeZone);
    if ((scope.to.getTime() - scope.from.getTime()) / INTERVAL_MS[args.interval] > MAX_POINTS) {
      throw badInput('interval', `must be longer: the range has more than ${MAX_POINTS.toLocaleString('en')} of it`);
    }
    const [totals, series, failures] = await Promise.all([
      this.store.totals(scope),
      this.store.series(scope, args.interval, timeZone),
      this.store.failures(scope),
    ]);
    return { from: scope.from, to: scope.to, totals, series, failures };
  }

  /** Of the channels that were used, the busiest first. */
  async channels(viewer: Viewer, args: RangeArguments): Promise<ChannelAnalytics[]> {
    const scope = this.scopeOf(viewer, args);
    const [figures, providers, failures] = await Promise.all([
      this.store.byChannel(scope),
      this.store.providers(scope),
      this.store.failures(scope),
    ]);
    return [...figures]
      .map(([channel, own]) => ({
        channel,
        figures: own,
        providers: providers.filter((provider) => provider.channel === channel),
        failures: failures.filter((failure) => failure.channel === channel),
      }))
      .sort((a, b) => b.figures.total - a.figures.total || (a.channel < b.channel ? -1 : 1));
  }

  /** Of each of these channels, used or not. */
  async ofChannels(viewer: Viewer, wanted: readonly Channel[], args: RangeArguments): Promise<ChannelAnalytics[]> {
    const known = new Map((await this.channels(viewer, args)).map((analytics) => [analytics.channel, analytics]));
    return wanted.map((channel) => known.get(channel) ?? { channel, figures: NO_FIGURES, providers: [], failures: [] });
  }

  templates(viewer: Viewer, args: RangeArguments & { readonly first: number }): Promise<TemplateFigures[]> {
    return this.store.byTemplate(this.scopeOf(viewer, args), null, checkFirst(args.first));
  }

  /** Of each of these templates, which the viewer has been shown. */
  async ofTemplates(viewer: Viewer, ids: readonly string[], args: RangeArguments): Promise<TemplateFigures[]> {
    const found = await this.store.byTemplate(this.scopeOf(viewer, args), ids, ids.length);
    const known = new Map(found.map((figures) => [figures.templateId, figures]));
    return ids.map((templateId) => known.get(templateId) ?? { templateId, figures: NO_FIGURES, versions: [] });
  }

  async users(viewer: Viewer, args: RangeArguments & { readonly first: number }): Promise<UserEngagementAnalytics> {
    const scope = this.scopeOf(viewer, args);
    const limit = checkFirst(args.first);
    const [audience, byUser] = await Promise.all([this.store.audience(scope), this.store.byUser(scope, limit)]);
    return { ...audience, byUser };
  }

  private scopeOf(viewer: Viewer, { from, to, filter }: RangeArguments): AnalyticsScope {
    const end = to ?? this.now();
    const begin = from ?? new Date(end.getTime() - DEFAULT_RANGE_MS);
    if (begin >= end) throw badInput('from', 'must lie before `to`');
    if (end.getTime() - begin.getTime() > MAX_RANGE_MS)
      throw badInput('from', 'must be at most three years before `to`');
    return { from: begin, to: end, filter: checkedFilter(filter ?? {}), visibleTo: visibleUser(viewer) };
  }
}

/** Its name as it is written. Throws BAD_USER_INPUT for what is none. */
export function checkedTimeZone(text: string): string {
  const zone = canonicalTimeZone(text);
  if (zone === null) throw badInput('timeZone', NO_TIME_ZONE);
  return zone;
}

function checkFirst(first: number): number {
  if (!Number.isInteger(first) || first < 1 || first > MAX_LIST)
    throw badInput('first', `must be from 1 to ${MAX_LIST}`);
  return first;
}

function checkedFilter(filter: AnalyticsFilter): AnalyticsFilter {
  for (const [name, value] of Object.entries(filter)) {
    if (typeof value === 'string' && /[\0\p{Surrogate}]/u.test(value)) throw badInput(`filter.${name}`, 'is no text');
  }
  return filter;
}
