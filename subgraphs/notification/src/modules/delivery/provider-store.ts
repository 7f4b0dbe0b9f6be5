import type { Pool } from 'pg';
import type { Channel, ChannelSettings } from '../../adapters/channel-adapter.ts';
import type { ChannelSecrets } from '../../adapters/channel-secrets.ts';

/** A configured way to send messages of a channel. */
export interface Provider {
  readonly id: string;
  readonly channel: Channel;
  /** Which adapter sends. */
  readonly provider: string;
  /** The integration that it sends through; null for one with settings of its own. */
  readonly integrationId: string | null;
  readonly settings: ChannelSettings;
  readonly rateLimitPerMinute: number;
  readonly recipientRateLimitPerMinute: number | null;
}

interface ProviderRow extends Omit<Provider, 'settings'> {
  readonly config: string | null;
}

/** Providers in the order they are asked. */
export class ProviderStore {
  constructor(
    private readonly pool: Pool,
    private readonly secrets: ChannelSecrets,
  ) {}

  async active(): Promise<Provider[]> {
    const { rows } = await this.pool.query<ProviderRow>(
      `select c.id, c.channel::text, c.provider, c.integration_id as "integrationId", c.config,
         c.rate_limit_per_minute as "rateLimitPerMinute",
         c.recipient_rate_limit_per_minute as "recipientRateLimitPerMinute"
       from channel_configs c where c.is_active order by c.channel, c.position, c.id`,
    );
    return rows.map(({ config, ...row }) => ({ ...row, settings: this.secrets.open(row.id, config) }));
  }
}
