import type { Pool } from 'pg';
import type { ProviderHealth } from './channel-record.ts';

const WINDOW_MINUTES = 60;

/** How providers have done lately, by the delivery log. */
export class ChannelHealthStore {
  constructor(private readonly pool: Pool) {}

  /** Of the last hour, in the order of the ids. Times it was passed over do not count. */
  async ofProviders(ids: readonly string[]): Promise<ProviderHealth[]> {
    const { rows } = await this.pool.query<ProviderHealth & { id: string }>(
      `select p.id, now() - make_interval(mins => ${WINDOW_MINUTES}) as since,
         count(d.id)::int as attempts,
         (count(d.id) filter (where d.status in ('SENT', 'DELIVERED')))::int as succeeded,
         (count(d.id) filter (where d.status = 'FAILED'))::int as failed,
         round(avg(d.duration_ms))::int as "averageDurationMs",
         max(d.created_at) filter (where d.status in ('SENT', 'DELIVERED')) as "lastSuccessAt",
         max(d.created_at) filter (where d.status = 'FAILED') as "lastFailureAt",
         (array_agg(d.error_message order by d.created_at desc) filter (where d.status = 'FAILED'))[1] as "lastError"
       from unnest($1::text[]) with ordinality as p(id, place)
       left join delivery_logs d on d.channel_config_id = p.id and d.status <> 'SKIPPED'
         and d.created_at > now() - make_interval(mins => ${WINDOW_MINUTES})
       group by p.id, p.place order by p.place`,
      [ids],
    );
    return rows;
  }
}
