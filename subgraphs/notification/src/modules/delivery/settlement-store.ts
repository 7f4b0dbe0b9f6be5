import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import type { Pool, PoolClient } from 'pg';
import { NOTIFICATION_EVENT, notificationEvent } from '../notifications/notification-events.ts';
import type { DeliveryProblem, NotificationRecord } from '../notifications/notification-record.ts';
import { NOTIFICATION_COLUMNS } from '../notifications/notification-rows.ts';
import type { Try } from './attempt-outcome.ts';
import { LEASE_SECONDS } from './claim-store.ts';
import { applyEarlyReceipts } from './receipt-store.ts';

export interface Lease {
  readonly id: string;
  readonly token: string;
}

/** What is to be written of an attempt. */
export interface Settlement extends Lease {
  /** QUEUED: it is tried again after `delayMs`. */
  readonly status: 'SENT' | 'DELIVERED' | 'FAILED' | 'QUEUED';
  readonly delayMs: number;
  readonly error: DeliveryProblem | null;
  /** Goes back untried: the attempt is not counted. */
  readonly untried: boolean;
  readonly by: Pick<Try, 'channelConfigId' | 'providerMessageId'> | null;
  readonly tries: readonly Try[];
  readonly disablesRecipient: boolean;
}

const SETTLE = `
  update notifications n set status = s."status"::notification_status, error = s."error",
    attempts = n.attempts - case when s."untried" then 1 else 0 end,
    retry_count = n.retry_count + case when s."status" = 'QUEUED' and not s."untried" then 1 else 0 end,
    available_at = case when s."status" = 'QUEUED' then now() + make_interval(secs => s."delayMs" / 1000) else n.available_at end,
    sent_at = case when s."status" in ('SENT', 'DELIVERED') then now() else n.sent_at end,
    delivered_at = case when s."status" = 'DELIVERED' then now() end,
    completed_at = case when s."status" in ('DELIVERED', 'FAILED') then now() end,
    sealed_content = case when s."status" = 'QUEUED' then n.sealed_content end,
    channel_config_id = coalesce(s."channelConfigId", n.channel_config_id),
    provider_message_id = s."providerMessageId",
    attempt_started_at = null, lease_token = null, lease_expires_at = null, updated_at = now(),
    stream_seq = n.stream_seq + case when s."status" = 'DELIVERED' then 2 else 1 end
  from jsonb_to_recordset($1::jsonb) as s("id" text, "token" text, "status" text, "delayMs" float8, "error" jsonb,
    "untried" boolean, "channelConfigId" text, "providerMessageId" text)
  where n.id = s."id" and n.lease_token = s."token" and n.status = 'SENDING'
  returning ${NOTIFICATION_COLUMNS}`;

const LOG = `
  insert into delivery_logs (id, notification_id, channel, channel_config_id, provider, attempt, position, status,
    error_code, error_message, retryable, retry_count, response, provider_message_id, started_at, duration_ms,
    delivered_at)
  select x."id", x."notificationId", x."channel"::channel, x."channelConfigId", x."provider", x."attempt",
    x."position", x."status"::delivery_status, x."errorCode", x."errorMessage", x."retryable", x."retryCount",
    x."response", x."providerMessageId", x."startedAt", x."durationMs", case when x."status" = 'DELIVERED' then now() end
  from jsonb_to_recordset($1::jsonb) as x("id" text, "notificationId" text, "channel" text, "channelConfigId" text,
    "provider" text, "attempt" int, "position" int, "status" text, "errorCode" text, "errorMessage" text,
    "retryable" boolean, "retryCount" int, "response" text, "providerMessageId" text, "startedAt" timestamptz,
    "durationMs" int)`;

/** Writes what attempts came to, many in one transaction. The database decides every race. */
export class SettlementStore {
  constructor(private readonly pool: Pool) {}

  /** Renews leases; gives the ids of those that still hold. */
  async renew(leases: readonly Lease[]): Promise<Set<string>> {
    const { rows } = await this.pool.query<{ id: string }>(
      `update notifications n set lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS})
       from unnest($1::text[], $2::text[]) as l(id, token)
       where n.id = l.id and n.lease_token = l.token and n.status = 'SENDING' returning n.id`,
      [leases.map(({ id }) => id), leases.map(({ token }) => token)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** In the order of the settlements: the notification as it is now, null when the lease was lost meanwhile. */
  settle(settlements: readonly Settlement[]): Promise<(NotificationRecord | null)[]> {
    return inTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<NotificationRecord>(SETTLE, [JSON.stringify(settlements.map(toRow))]);
      const settled = new Map(rows.map((row) => [row.id, row]));
      const written = settlements.filter(({ id }) => settled.has(id));
      await this.log(tx, written, settled);
      await this.disable(tx, written, settled);
      await appendEvents(tx, rows.flatMap(eventsOf));
      await applyEarlyReceipts(tx, rows);
      return settlements.map(({ id }) => settled.get(id) ?? null);
    });
  }

  private async log(
    tx: PoolClient,
    settlements: readonly Settlement[],
    settled: ReadonlyMap<string, NotificationRecord>,
  ): Promise<void> {
    const entries = settlements.flatMap(({ id, status, tries }) => {
      const notification = settled.get(id);
      if (!notification) return [];
      const { channel, attempts: attempt } = notification;
      const retryCount = notification.retryCount - (status === 'QUEUED' ? 1 : 0);
      return tries.map(({ error, ...tried }) => ({
        ...tried,
        id: newId(),
        notificationId: id,
        channel,
        attempt,
        retryCount,
        errorCode: error?.code ?? null,
        errorMessage: error?.message ?? null,
        retryable: error?.retryable ?? null,
      }));
    });
    if (entries.length > 0) await tx.query(LOG, [JSON.stringify(entries)]);
  }

  private async disable(
    tx: PoolClient,
    settlements: readonly Settlement[],
    settled: ReadonlyMap<string, NotificationRecord>,
  ): Promise<void> {
    const gone = settlements.filter(({ disablesRecipient }) => disablesRecipient);
    if (gone.length === 0) return;
    await tx.query(
      `insert into disabled_recipients (channel, recipient, reason, notification_id)
       select n.channel, n.recipient, d.reason, n.id from unnest($1::text[], $2::text[]) as d(id, reason)
       join notifications n on n.id = d.id on conflict do nothing`,
      [gone.map(({ id }) => id), gone.map(({ id }) => settled.get(id)?.error?.message ?? '')],
    );
  }
}

function toRow({ id, token, status, delayMs, error, untried, by }: Settlement) {
  const { channelConfigId = null, providerMessageId = null } = by ?? {};
  return { id, token, status, delayMs, error, untried, channelConfigId, providerMessageId };
}

/** A message that is delivered at once has been sent, too: subscribers see both. */
function eventsOf(notification: NotificationRecord) {
  const { status, streamSeq } = notification;
  switch (status) {
    case 'DELIVERED':
      return [
        notificationEvent(NOTIFICATION_EVENT.sent, { ...notification, status: 'SENT', streamSeq: streamSeq - 1 }),
        notificationEvent(NOTIFICATION_EVENT.delivered, notification),
      ];
    case 'SENT':
      return [notificationEvent(NOTIFICATION_EVENT.sent, notification)];
    case 'FAILED':
      return [notificationEvent(NOTIFICATION_EVENT.failed, notification)];
    default:
      return [notificationEvent(NOTIFICATION_EVENT.retrying, notification)];
  }
}
