import { inTransaction } from '@flowmesh/platform/database';
import type { Pool } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';
import type { ChannelSecrets } from '../../adapters/channel-secrets.ts';
import { ENVIRONMENT_PREFIX, type BreakerRecord, type ProviderRecord, type ProviderValues } from './channel-record.ts';

type Row = Omit<ProviderRecord, 'settings' | 'breaker'> & BreakerRecord & { readonly config: string | null };

const COLUMNS = `
  c.id, c.channel::text, c.provider, c.name, c.config, c.position, c.is_active as "isActive",
  c.rate_limit_per_minute as "rateLimitPerMinute", c.recipient_rate_limit_per_minute as "recipientRateLimitPerMinute",
  c.version, c.created_at as "createdAt", c.updated_at as "updatedAt",
  case when b.open_until is null then 'CLOSED' when b.open_until <= now() then 'HALF_OPEN' else 'OPEN' end as state,
  coalesce(b.failures, 0) as failures, b.opened_at as "openedAt", b.open_until as "openUntil",
  b.last_error as "lastError"`;
const FROM = 'from channel_configs c left join circuit_breakers b on b.channel_config_id = c.id';

/** Configured ones stand before those of the environment, which stand before what comes with the product. */
export const ENVIRONMENT_POSITION = 1_000;
export const DEFAULT_POSITION = 2_000;

/** Providers of channels, with their settings, which are sealed here and nowhere else. */
export class ChannelStore {
  constructor(
    private readonly pool: Pool,
    private readonly secrets: ChannelSecrets,
  ) {}

  /** All, in the order they are asked. */
  async all(): Promise<ProviderRecord[]> {
    const { rows } = await this.pool.query<Row>(`select ${COLUMNS} ${FROM} order by c.channel, c.position, c.id`);
    return rows.map((row) => this.toRecord(row));
  }

  async find(id: string): Promise<ProviderRecord | null> {
    const { rows } = await this.pool.query<Row>(`select ${COLUMNS} ${FROM} where c.id = $1`, [id]);
    return rows[0] ? this.toRecord(rows[0]) : null;
  }

  /** Adds a provider; false when the channel has one of this name or id: the unique indexes decide. */
  async create(
    place: { readonly id: string; readonly channel: Channel; readonly name: string; readonly position: number | null },
    values: ProviderValues,
  ): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `insert into channel_configs (id, channel, name, position, provider, config, is_active, rate_limit_per_minute,
         recipient_rate_limit_per_minute)
       select $1, $2::channel, $3, coalesce($4, (
         select coalesce(max(c.position) + 1, 0) from channel_configs c
         where c.channel = $2::channel and c.position < ${ENVIRONMENT_POSITION - 1}
       )), $5, $6, $7, $8, $9
       on conflict do nothing`,
      [place.id, place.channel, place.name, place.position, ...this.toColumns(place.id, values)],
    );
    return rowCount === 1;
  }

  /** Writes only if the provider is still at this version. A provider with other settings begins without failures. */
  update(
    { id, version }: { readonly id: string; readonly version: number },
    position: number,
    values: ProviderValues,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      const { rowCount } = await tx.query(
        `update channel_configs set provider = $4, config = $5, is_active = $6, rate_limit_per_minute = $7,
           recipient_rate_limit_per_minute = $8, position = $3, version = version + 1, updated_at = now()
         where id = $1 and version = $2`,
        [id, version, position, ...this.toColumns(id, values)],
      );
      if (rowCount !== 1) return false;
      await tx.query('delete from circuit_breakers where channel_config_id = $1', [id]);
      return true;
    });
  }

  async remove(id: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('delete from channel_configs where id = $1', [id]);
    return rowCount === 1;
  }

  /** Removes what the environment does not set up any more. */
  async keepEnvironment(ids: readonly string[]): Promise<void> {
    await this.pool.query('delete from channel_configs where starts_with(id, $1) and not id = any($2)', [
      ENVIRONMENT_PREFIX,
      ids,
    ]);
  }

  private toColumns(id: string, values: ProviderValues) {
    const { provider, settings, isActive, rateLimitPerMinute, recipientRateLimitPerMinute } = values;
    const config = settings === null ? null : this.secrets.seal(id, settings);
    return [provider, config, isActive, rateLimitPerMinute, recipientRateLimitPerMinute];
  }

  private toRecord({ config, state, failures, openedAt, openUntil, lastError, ...row }: Row): ProviderRecord {
    return {
      ...row,
      settings: config === null ? null : this.secrets.open(row.id, config),
      breaker: { state, failures, openedAt, openUntil, lastError },
    };
  }
}
