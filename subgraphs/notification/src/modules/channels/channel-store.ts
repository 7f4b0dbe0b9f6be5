import { inTransaction } from '@flowmesh/platform/database';
import { removePolicyState } from '@flowmesh/platform/resilience';
import type { Pool, PoolClient } from 'pg';
import { CHANNELS, type Channel } from '../../adapters/channel-adapter.ts';
import type { ChannelSecrets } from '../../adapters/channel-secrets.ts';
import { ENVIRONMENT_PREFIX, type ProviderRecord, type ProviderValues } from './channel-record.ts';
import { GONE_USER, lockProviders, tellOfUse, type GoneUser, type TakesRecipient } from './integration-use.ts';

type Row = Omit<ProviderRecord, 'settings'> & { readonly config: string | null };

const COLUMNS = `
  c.id, c.channel::text, c.provider, c.name, c.config, c.position, c.is_active as "isActive",
  c.rate_limit_per_minute as "rateLimitPerMinute", c.recipient_rate_limit_per_minute as "recipientRateLimitPerMinute",
  c.integration_id as "integrationId", c.version, c.created_at as "createdAt", c.updated_at as "updatedAt"`;
const FROM = 'from channel_configs c';

/** Configured ones stand before those of the environment, which stand before what comes with the product. */
export const ENVIRONMENT_POSITION = 1_000;
export const DEFAULT_POSITION = 2_000;

/** Providers of channels, with their settings, which are sealed here and nowhere else. */
export class ChannelStore {
  constructor(
    private readonly pool: Pool,
    private readonly secrets: ChannelSecrets,
    private readonly takes: TakesRecipient,
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

  /**
   * Adds a provider; false when the channel has one of this name or id: the unique indexes decide. `most`: false, too, when the
   * channel has as many already; counted under the lock, so that no others are added meanwhile.
   */
  async create(
    place: { readonly id: string; readonly channel: Channel; readonly name: string; readonly position: number | null },
    values: ProviderValues,
    most: number | null = null,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      await lockProviders(tx, place.channel);
      const { rows } = await tx.query<{ count: number }>(
        'select count(*)::int as count from channel_configs where channel = $1::channel',
        [place.channel],
      );
      if (most !== null && (rows[0]?.count ?? 0) >= most) return false;
      const { rowCount } = await tx.query(
        `insert into channel_configs (id, channel, name, position, provider, config, is_active, rate_limit_per_minute,
           recipient_rate_limit_per_minute, integration_id)
         select $1, $2::channel, $3, coalesce($4, (
           select coalesce(max(c.position) + 1, 0) from channel_configs c
           where c.channel = $2::channel and c.position < ${ENVIRONMENT_POSITION - 1}
         )), $5, $6, $7, $8, $9, $10
         on conflict do nothing`,
        [place.id, place.channel, place.name, place.position, ...this.toColumns(place.id, values)],
      );
      if (rowCount !== 1) return false;
      await this.tell(tx, place.channel);
      return true;
    });
  }

  /** Writes only if the provider is still at this version. A provider with other settings begins without failures. */
  update(
    { id, version, channel }: Pick<ProviderRecord, 'id' | 'version' | 'channel'>,
    position: number,
    values: ProviderValues,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      await lockProviders(tx, channel);
      const { rowCount } = await tx.query(
        `update channel_configs set provider = $4, config = $5, is_active = $6, rate_limit_per_minute = $7,
           recipient_rate_limit_per_minute = $8, integration_id = $9, position = $3, version = version + 1,
           updated_at = now()
         where id = $1 and version = $2`,
        [id, version, position, ...this.toColumns(id, values)],
      );
      if (rowCount !== 1) return false;
      await removePolicyState(tx, id);
      await this.tell(tx, channel);
      return true;
    });
  }

  remove({ id, channel }: Pick<ProviderRecord, 'id' | 'channel'>): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      await lockProviders(tx, channel);
      const { rows } = await tx.query<GoneUser>(`delete from channel_configs where id = $1 returning ${GONE_USER}`, [
        id,
      ]);
      if (rows.length === 0) return false;
      await removePolicyState(tx, id);
      await this.tell(tx, channel, rows);
      return true;
    });
  }

  /** Removes what the environment does not set up any more. */
  async keepEnvironment(ids: readonly string[]): Promise<void> {
    await inTransaction(this.pool, async (tx) => {
      for (const channel of CHANNELS) await lockProviders(tx, channel);
      const { rows } = await tx.query<{ channel: Channel }>(
        'delete from channel_configs where starts_with(id, $1) and not id = any($2) returning channel::text',
        [ENVIRONMENT_PREFIX, ids],
      );
      for (const channel of new Set(rows.map((row) => row.channel))) await this.tell(tx, channel);
    });
  }

  private async tell(tx: PoolClient, channel: Channel, gone: readonly GoneUser[] = []): Promise<void> {
    const { rows } = await tx.query<Row>(
      `select ${COLUMNS} ${FROM} where c.channel = $1::channel order by c.position, c.id`,
      [channel],
    );
    const providers = rows.map((row) => this.toRecord(row));
    await tellOfUse(tx, channel, { providers, takes: this.takes, gone });
  }

  private toColumns(id: string, values: ProviderValues) {
    const { provider, settings, isActive, rateLimitPerMinute, recipientRateLimitPerMinute, integrationId } = values;
    const config = settings === null ? null : this.secrets.seal(id, settings);
    return [provider, config, isActive, rateLimitPerMinute, recipientRateLimitPerMinute, integrationId];
  }

  private toRecord({ config, ...row }: Row): ProviderRecord {
    return { ...row, settings: config === null ? null : this.secrets.open(row.id, config) };
  }
}
