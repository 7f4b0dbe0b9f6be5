import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import { NOTIFICATION_EVENT, notificationEvent } from '../notifications/notification-events.ts';
import type { DeliveryProblem, NotificationRecord } from '../notifications/notification-record.ts';
import { NOTIFICATION_COLUMNS } from '../notifications/notification-rows.ts';

/** What became of a message after its provider had taken it. */
export interface ProviderReceipt {
  readonly provider: string;
  readonly providerMessageId: string;
  /** Null: it has arrived. */
  readonly error: DeliveryProblem | null;
  /** The recipient wants nothing any more. */
  readonly disablesRecipient: boolean;
}

/** Reports of providers. One that comes before its attempt is written down is kept until then. */
export class ReceiptStore {
  constructor(private readonly pool: Pool) {}

  /**
   * The notification as it is with the report; null when none waits for it (now). The first report counts, but that a
   * message has arrived is the last word.
   */
  record({
    provider,
    providerMessageId,
    error,
    disablesRecipient,
  }: ProviderReceipt): Promise<NotificationRecord | null> {
    return inTransaction(this.pool, async (tx) => {
      await lockMessages(tx, [providerMessageId]);
      await tx.query(
        `insert into provider_reports as r (provider, provider_message_id, status, error, disables_recipient)
         values ($1, $2, $3::delivery_status, $4, $5)
         on conflict (provider, provider_message_id) do update
           set status = 'DELIVERED', error = null, disables_recipient = false
           where r.status = 'FAILED' and excluded.status = 'DELIVERED'`,
        [
          provider,
          providerMessageId,
          error ? 'FAILED' : 'DELIVERED',
          error && JSON.stringify(error),
          disablesRecipient,
        ],
      );
      const [changed] = await applyReports(tx, [providerMessageId]);
      return changed ?? null;
    });
  }

  /** Reports nobody has asked for by then are of messages that are not ours. */
  async removeOld(days: number, limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from provider_reports where ctid = any (array(
         select ctid from provider_reports where reported_at < now() - make_interval(days => $1) limit $2
       ))`,
      [days, limit],
    );
    return rowCount ?? 0;
  }
}

/** Of one message, the writing down of its attempt and its report come one after the other. */
async function lockMessages(tx: PoolClient, providerMessageIds: readonly string[]): Promise<void> {
  await tx.query(
    `select pg_advisory_xact_lock(k.key) from (
       select distinct hashtextextended(id, 0) as key from unnest($1::text[]) as m(id) order by 1
     ) k`,
    [providerMessageIds],
  );
}

/** Called where attempts are written down: a report may have been faster. */
export async function applyEarlyReceipts(tx: PoolClient, taken: readonly NotificationRecord[]): Promise<void> {
  const waiting = taken.filter(({ status }) => status === 'SENT').map(({ id }) => id);
  if (waiting.length === 0) return;
  const { rows } = await tx.query<{ id: string }>(
    'select provider_message_id as id from notifications where id = any($1) and provider_message_id is not null',
    [waiting],
  );
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  await lockMessages(tx, ids);
  await applyReports(tx, ids);
}

async function applyReports(tx: PoolClient, providerMessageIds: readonly string[]): Promise<NotificationRecord[]> {
  const { rows } = await tx.query<NotificationRecord>(
    `update notifications n set status = r.status::text::notification_status, error = r.error, completed_at = now(),
       delivered_at = case when r.status = 'DELIVERED' then now() end, stream_seq = n.stream_seq + 1, updated_at = now()
     from provider_reports r join channel_configs c on c.provider = r.provider
     where r.provider_message_id = any($1) and n.channel_config_id = c.id
       and n.provider_message_id = r.provider_message_id
       and (n.status = 'SENT' or (n.status = 'FAILED' and r.status = 'DELIVERED'))
     returning ${NOTIFICATION_COLUMNS}`,
    [providerMessageIds],
  );
  if (rows.length === 0) return rows;
  await tx.query(
    `update delivery_logs d set status = r.status, delivered_at = case when r.status = 'DELIVERED' then now() end,
       error_code = r.error->>'code', error_message = r.error->>'message', retryable = (r.error->>'retryable')::boolean
     from provider_reports r
     where d.notification_id = any($1) and r.provider_message_id = any($2) and d.provider = r.provider
       and d.provider_message_id = r.provider_message_id`,
    [rows.map(({ id }) => id), providerMessageIds],
  );
  await tx.query(
    `insert into disabled_recipients (channel, recipient, reason, notification_id)
     select n.channel, n.recipient, r.error->>'message', n.id from notifications n
     join provider_reports r on r.provider_message_id = n.provider_message_id and r.disables_recipient
     where n.id = any($1) on conflict do nothing`,
    [rows.map(({ id }) => id)],
  );
  await appendEvents(
    tx,
    rows.map((row) =>
      notificationEvent(row.status === 'DELIVERED' ? NOTIFICATION_EVENT.delivered : NOTIFICATION_EVENT.failed, row),
    ),
  );
  return rows;
}
