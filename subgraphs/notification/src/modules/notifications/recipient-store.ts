import type { Pool } from 'pg';
import type { Channel } from '../../channels/channel-adapter.ts';

/** Recipients that want nothing any more. */
export class RecipientStore {
  constructor(private readonly pool: Pool) {}

  /** Why, by recipient, of those that are disabled. */
  async disabled(channel: Channel, recipients: readonly string[]): Promise<Map<string, string>> {
    const { rows } = await this.pool.query<{ recipient: string; reason: string }>(
      'select recipient, reason from disabled_recipients where channel = $1::channel and recipient = any($2)',
      [channel, recipients],
    );
    return new Map(rows.map(({ recipient, reason }) => [recipient, reason]));
  }
}
