import type { Pool } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';

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

  /** Whether it was disabled, by an attempt of this sender (null: of anybody), and is not any more. */
  async enable(channel: Channel, recipient: string, senderId: string | null): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `delete from disabled_recipients d where d.channel = $1::channel and d.recipient = $2 and (
         $3::text is null
         or exists (select from notifications n where n.id = d.notification_id and n.sender_id = $3)
       )`,
      [channel, recipient, senderId],
    );
    return rowCount === 1;
  }
}
