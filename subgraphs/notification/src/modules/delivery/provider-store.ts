import type { Pool } from 'pg';
import type { Channel, ChannelSettings } from '../../adapters/channel-adapter.ts';
import type { ChannelSecrets } from '../../adapters/channel-secrets.ts';

/** A configured way to send messages of a channel. */
export interface Provider {
  readonly id: string;
  readonly channel: Channel;
  /** Which adapter sends. */
  readonly provider: string;
  readonly settings: ChannelSettings;
  readonly rateLimitPerMinute: number;
  readonly recipientRateLimitPerMinute: number | null;
  /** Milliseconds until its circuit breaker lets one attempt through: 0 for at once; null when it is closed. */
  readonly breakerOpenMs: number | null;
  /** In a row. */
  readonly failures: number;
}

/** The circuit breaker opens for this long after this many failures in a row. */
const BREAKER_FAILURES = 5;
const BREAKER_REST_SECONDS = 30;

interface ProviderRow extends Omit<Provider, 'settings'> {
  readonly config: string | null;
}

/** Providers in the order they are asked, and their circuit breakers, which all processes share. */
export class ProviderStore {
  constructor(
    private readonly pool: Pool,
    private readonly secrets: ChannelSecrets,
  ) {}

  async active(): Promise<Provider[]> {
    const { rows } = await this.pool.query<ProviderRow>(
      `select c.id, c.channel::text, c.provider, c.config, c.rate_limit_per_minute as "rateLimitPerMinute",
         c.recipient_rate_limit_per_minute as "recipientRateLimitPerMinute",
         case when b.open_until is not null
           then greatest(extract(epoch from b.open_until - now()) * 1000, 0) end::float8 as "breakerOpenMs",
         coalesce(b.failures, 0) as failures
       from channel_configs c left join circuit_breakers b on b.channel_config_id = c.id
       where c.is_active order by c.channel, c.position, c.id`,
    );
    return rows.map(({ config, ...row }) => ({ ...row, settings: this.secrets.open(row.id, config) }));
  }

  /** Whether this caller is the one to try a provider whose rest is over. The others wait for what comes of it. */
  async beginProbe(id: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update circuit_breakers set open_until = now() + make_interval(secs => ${BREAKER_REST_SECONDS}), updated_at = now()
       where channel_config_id = $1 and open_until <= now()`,
      [id],
    );
    return rowCount === 1;
  }

  async recordFailure(id: string, message: string): Promise<void> {
    await this.pool.query(
      `insert into circuit_breakers as b (channel_config_id, failures, last_error)
       select id, 1, $2 from channel_configs where id = $1
       on conflict (channel_config_id) do update set failures = b.failures + 1, last_error = excluded.last_error,
         opened_at = case when b.failures + 1 >= ${BREAKER_FAILURES} then coalesce(b.opened_at, now()) end,
         open_until = case when b.failures + 1 >= ${BREAKER_FAILURES}
           then now() + make_interval(secs => ${BREAKER_REST_SECONDS}) end,
         updated_at = now()`,
      [id, message],
    );
  }

  async recordSuccess(id: string): Promise<void> {
    await this.pool.query(
      `update circuit_breakers set failures = 0, opened_at = null, open_until = null, updated_at = now()
       where channel_config_id = $1 and failures > 0`,
      [id],
    );
  }
}
