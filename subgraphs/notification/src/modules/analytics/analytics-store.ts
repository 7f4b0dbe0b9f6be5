import { SqlParameters } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';
import {
  NO_FIGURES,
  type AnalyticsInterval,
  type AnalyticsScope,
  type DeliveryFigures,
  type FailureReason,
  type ProviderFigures,
  type SeriesPoint,
  type TemplateFigures,
  type UserEngagement,
} from './analytics-record.ts';
import { countedSql, FIGURES, toFigures, type FiguresRow } from './analytics-sql.ts';

const MAX_REASONS = 50;
const MAX_PROVIDERS = 50;
const MAX_VERSIONS = 50;

/** Figures, computed by the database. */
export class AnalyticsStore {
  constructor(private readonly pool: Pool) {}

  async totals(scope: AnalyticsScope): Promise<DeliveryFigures> {
    const [row] = await this.query<FiguresRow>(scope, () => `select ${FIGURES} from e`);
    return row ? toFigures(row) : NO_FIGURES;
  }

  /** Each interval of the scope, by the calendar of the time zone, also those without any notification. */
  async series(scope: AnalyticsScope, interval: AnalyticsInterval, timeZone: string): Promise<SeriesPoint[]> {
    const rows = await this.query<Partial<FiguresRow> & { readonly start: Date }>(scope, (parameters) => {
      const unit = parameters.add(interval.toLowerCase());
      const zone = parameters.add(timeZone);
      const [from, to] = [parameters.add(scope.from), parameters.add(scope.to)];
      return `, starts as (
          select generate_series(date_trunc(${unit}, ${from}::timestamptz, ${zone}),
            ${to}::timestamptz - interval '1 millisecond', ('1 ' || ${unit})::interval, ${zone}) as start
        ), counted as (
          select date_trunc(${unit}, created_at, ${zone}) as start, ${FIGURES} from e group by 1
        )
        select * from starts left join counted using (start) order by start`;
    });
    return rows.map(({ start, ...row }) => ({
      start,
      figures: row.total == null ? NO_FIGURES : toFigures(row as FiguresRow),
    }));
  }

  async byChannel(scope: AnalyticsScope): Promise<Map<Channel, DeliveryFigures>> {
    const rows = await this.query<FiguresRow & { readonly channel: Channel }>(
      scope,
      () => `select channel::text, ${FIGURES} from e group by channel`,
    );
    return new Map(rows.map((row) => [row.channel, toFigures(row)]));
  }

  /** The most frequent first. */
  failures(scope: AnalyticsScope): Promise<FailureReason[]> {
    return this.query<FailureReason>(
      scope,
      (parameters) => `select channel::text, code, sum(attempts)::int as attempts, sum(given_up)::int as notifications
       from (
         select d.channel, coalesce(d.error_code, 'UNKNOWN') as code, 1 as attempts, 0 as given_up
         from e join delivery_logs d on d.notification_id = e.id where d.status in ('FAILED', 'LOST')
         union all
         select channel, coalesce(error->>'code', 'UNKNOWN'), 0, 1 from e where status = 'FAILED'
       ) happened group by channel, code
       order by notifications desc, attempts desc, channel, code limit ${parameters.add(MAX_REASONS)}`,
    );
  }

  /** Those that were asked, or passed over, the busiest first. */
  providers(scope: AnalyticsScope): Promise<ProviderFigures[]> {
    return this.query<ProviderFigures>(
      scope,
      (parameters) => `select d.channel::text, d.channel_config_id as "channelConfigId", d.provider,
         (count(*) filter (where d.status <> 'SKIPPED'))::int as attempts,
         (count(*) filter (where d.status in ('SENT', 'DELIVERED')))::int as taken,
         (count(*) filter (where d.status in ('FAILED', 'LOST')))::int as failed,
         (count(*) filter (where d.status = 'SKIPPED'))::int as skipped,
         (avg(d.duration_ms) filter (where d.status <> 'SKIPPED'))::float8 as "averageDurationMs",
         percentile_cont(0.95) within group (order by d.duration_ms) filter (where d.status <> 'SKIPPED') as "p95DurationMs"
       from e join delivery_logs d on d.notification_id = e.id
       group by d.channel, d.channel_config_id, d.provider
       order by attempts desc, d.channel, d.channel_config_id, d.provider limit ${parameters.add(MAX_PROVIDERS)}`,
    );
  }

  /** Of these templates, of all when null: those with the most notifications first. */
  async byTemplate(scope: AnalyticsScope, ids: readonly string[] | null, limit: number): Promise<TemplateFigures[]> {
    const rows = await this.query<FiguresRow & { readonly templateId: string; readonly version: number | null }>(
      scope,
      (parameters) => `, counted as (
          select template_id as "templateId", template_version as version, grouping(template_version) as is_sum, ${FIGURES}
          from e where template_id is not null and (${parameters.add(ids)}::text[] is null or template_id = any($${parameters.values.length}))
          group by grouping sets ((template_id), (template_id, template_version))
        ), busiest as (
          select "templateId", total from counted where is_sum = 1
          order by total desc, "templateId" limit ${parameters.add(limit)}
        ), placed as (
          select c.*, b.total as place, row_number() over (partition by "templateId", is_sum order by version desc) as n
          from counted c join busiest b using ("templateId")
        )
        select * from placed where n <= ${MAX_VERSIONS} order by place desc, "templateId", is_sum desc, version desc`,
    );
    return rows
      .filter(({ version }) => version === null)
      .map((sum) => ({
        templateId: sum.templateId,
        figures: toFigures(sum),
        versions: rows.flatMap((row) =>
          row.templateId === sum.templateId && row.version !== null
            ? [{ version: row.version, figures: toFigures(row) }]
            : [],
        ),
      }));
  }

  /** Those with the most notifications first. */
  async byUser(scope: AnalyticsScope, limit: number): Promise<UserEngagement[]> {
    const rows = await this.query<FiguresRow & { readonly userId: string; readonly lastEngagedAt: Date | null }>(
      scope,
      (parameters) => `select user_id as "userId", max(engaged_at) as "lastEngagedAt", ${FIGURES} from e
       group by user_id order by total desc, user_id limit ${parameters.add(limit)}`,
    );
    return rows.map((row) => ({ userId: row.userId, lastEngagedAt: row.lastEngagedAt, figures: toFigures(row) }));
  }

  /** Users who got something, and those of them who opened or clicked something of it. */
  async audience(scope: AnalyticsScope): Promise<{ readonly users: number; readonly engagedUsers: number }> {
    const [row] = await this.query<{ readonly users: number; readonly engagedUsers: number }>(
      scope,
      () => `select count(distinct user_id)::int as users,
        (count(distinct user_id) filter (where opened or clicked))::int as "engagedUsers" from e`,
    );
    return row ?? { users: 0, engagedUsers: 0 };
  }

  /** Beginning and end of a day or month (`2026-01-31`, `2026-01`) in a time zone, as moments. */
  async period(
    first: string,
    unit: 'day' | 'month',
    timeZone: string,
  ): Promise<{ readonly from: Date; readonly to: Date }> {
    const { rows } = await this.pool.query<{ from: Date; to: Date }>(
      `select $1::timestamp at time zone $3 as "from", ($1::timestamp + ('1 ' || $2)::interval) at time zone $3 as "to"`,
      [unit === 'month' ? `${first}-01` : first, unit, timeZone],
    );
    return rows[0] as { from: Date; to: Date };
  }

  private async query<Row extends object>(
    scope: AnalyticsScope,
    select: (parameters: SqlParameters) => string,
  ): Promise<Row[]> {
    const parameters = new SqlParameters();
    const counted = countedSql(scope, parameters);
    return (await this.pool.query<Row>(`with ${counted} ${select(parameters)}`, parameters.values)).rows;
  }
}
