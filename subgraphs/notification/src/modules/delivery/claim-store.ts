import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import { notHeldSql } from '@flowmesh/platform/suspensions';
import type { Pool, PoolClient } from 'pg';
import type { Channel } from '../../adapters/channel-adapter.ts';
import { NOTIFICATION_EVENT, notificationEvent } from '../notifications/notification-events.ts';
import type { NotificationRecord } from '../notifications/notification-record.ts';
import { NOTIFICATION_COLUMNS } from '../notifications/notification-rows.ts';
import type { StoredAttachment } from '../notifications/notification-store.ts';
import type { Provider } from './provider-store.ts';
import { countAttempts, providerKey, recipientKey, roomUnder, type Room } from './rate-window-store.ts';

/** A claim lasts this long unless a heartbeat renews it. */
export const LEASE_SECONDS = 10;

/** Lease for an attempt: writes with its token are refused once the row has another token. */
export interface Claim {
  readonly token: string;
  readonly notification: NotificationRecord;
  readonly attachments: readonly StoredAttachment[];
  /** What a confidential one says, encrypted. */
  readonly sealedContent: string | null;
  /** Why the recipient is disabled; null when it is not. */
  readonly disabledReason: string | null;
}

export interface Claimed {
  readonly claims: readonly Claim[];
  /** Something may be left that could be sent at once. */
  readonly more: boolean;
  /** Until the rate limit lets more through; null when it is not in the way. */
  readonly retryInMs: number | null;
}

interface Candidate {
  readonly id: string;
  readonly recipient: string;
}

type ClaimRow = NotificationRecord & {
  readonly attachments: readonly StoredAttachment[] | null;
  readonly sealedContent: string | null;
  readonly disabledReason: string | null;
};

// Hints can come a little early by the queue's clock. Each urgency has an index range of its own to read.
const CANDIDATES = `
  select d.id, d.recipient from unnest(array['CRITICAL', 'HIGH', 'NORMAL', 'LOW']) with ordinality as p(priority, place)
  cross join lateral (
    select n.id, n.recipient, n.available_at from notifications n
    where n.status = 'QUEUED' and n.channel = $1::channel and n.priority = p.priority::notification_priority
      and n.available_at <= now() + interval '100 milliseconds' and (n.expires_at is null or n.expires_at > now())
      and ${notHeldSql('n.sender_id')}
    order by n.available_at, n.id limit $2 for no key update skip locked
  ) d order by p.place, d.available_at, d.id limit $2`;

/** Claims attempts by priority, then by age, within the rate limits. One process at a time for each channel. */
export class ClaimStore {
  constructor(private readonly pool: Pool) {}

  claim(provider: Provider, token: string, max: number): Promise<Claimed> {
    return inTransaction(this.pool, async (tx) => {
      await lockChannel(tx, provider.channel);
      const limit = { key: providerKey(provider.id), perMinute: provider.rateLimitPerMinute };
      const room = (await roomUnder(tx, [limit])).get(limit.key) ?? { left: 0, freeInMs: 1_000 };
      const wanted = Math.min(max, room.left);
      if (wanted === 0) return { claims: [], more: false, retryInMs: room.freeInMs };
      const { rows: candidates } = await tx.query<Candidate>(CANDIDATES, [provider.channel, wanted]);
      const chosen = await this.withinRecipientLimits(tx, provider, candidates);
      const claims = await this.begin(tx, chosen, token);
      if (claims.length > 0) await countAttempts(tx, countsOf(provider, claims));
      return { claims, more: candidates.length === wanted, retryInMs: null };
    });
  }

  /**
   * A place under the limits of a provider that stands in for another. False when there is none: then it is not asked.
   */
  takePlace(provider: Provider, recipient: string): Promise<boolean> {
    return inTransaction(this.pool, async (tx) => {
      await lockChannel(tx, provider.channel);
      const rooms = await roomUnder(tx, limitsOf(provider, recipient));
      if ([...rooms.values()].some(({ left }) => left === 0)) return false;
      await countAttempts(tx, new Map([...rooms.keys()].map((key) => [key, 1])));
      return true;
    });
  }

  /** Notifications beyond the rate limit of their recipient wait until it allows more; the others are returned. */
  private async withinRecipientLimits(
    tx: PoolClient,
    provider: Provider,
    candidates: readonly Candidate[],
  ): Promise<string[]> {
    const perMinute = provider.recipientRateLimitPerMinute;
    if (perMinute === null || candidates.length === 0) return candidates.map(({ id }) => id);
    const keys = new Set(candidates.map(({ recipient }) => recipientKey(provider.id, recipient)));
    const rooms = await roomUnder(
      tx,
      [...keys].map((key) => ({ key, perMinute })),
    );
    const { chosen, delayed } = divide(candidates, (recipient) => rooms.get(recipientKey(provider.id, recipient)));
    if (delayed.length > 0) {
      await tx.query(
        `update notifications n set available_at = now() + make_interval(secs => d.ms / 1000)
         from unnest($1::text[], $2::float8[]) as d(id, ms) where n.id = d.id`,
        [delayed.map(({ id }) => id), delayed.map(({ waitMs }) => waitMs)],
      );
    }
    return chosen;
  }

  private async begin(tx: PoolClient, ids: readonly string[], token: string): Promise<Claim[]> {
    if (ids.length === 0) return [];
    const { rows } = await tx.query<ClaimRow>(
      `update notifications n set status = 'SENDING', attempts = n.attempts + 1, attempt_started_at = now(),
         lease_token = $2, lease_expires_at = now() + make_interval(secs => ${LEASE_SECONDS}),
         stream_seq = n.stream_seq + 1, updated_at = now()
       where n.id = any($1) and n.status = 'QUEUED'
       returning ${NOTIFICATION_COLUMNS}, n.attachments, n.sealed_content as "sealedContent", (
         select r.reason from disabled_recipients r where r.channel = n.channel and r.recipient = n.recipient
       ) as "disabledReason"`,
      [ids, token],
    );
    const claims = rows.map(({ attachments, sealedContent, disabledReason, ...notification }) => ({
      token,
      notification,
      attachments: attachments ?? [],
      sealedContent,
      disabledReason,
    }));
    await appendEvents(
      tx,
      claims.map(({ notification }) => notificationEvent(NOTIFICATION_EVENT.sending, notification)),
    );
    return claims;
  }
}

/** Counts and claims atomically, so that the limit holds when several processes claim at the same time. */
async function lockChannel(tx: PoolClient, channel: Channel): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext($1))`, [`notification-channel:${channel}`]);
}

function limitsOf({ id, rateLimitPerMinute, recipientRateLimitPerMinute }: Provider, recipient: string) {
  const all = { key: providerKey(id), perMinute: rateLimitPerMinute };
  if (recipientRateLimitPerMinute === null) return [all];
  return [all, { key: recipientKey(id, recipient), perMinute: recipientRateLimitPerMinute }];
}

function countsOf(provider: Provider, claims: readonly Claim[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { notification } of claims) {
    for (const { key } of limitsOf(provider, notification.recipient)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** In order, as many for each recipient as its rate limit allows. */
function divide(candidates: readonly Candidate[], roomOf: (recipient: string) => Room | undefined) {
  const taken = new Map<string, number>();
  const chosen: string[] = [];
  const delayed: { readonly id: string; readonly waitMs: number }[] = [];
  for (const { id, recipient } of candidates) {
    const room = roomOf(recipient) ?? { left: 0, freeInMs: 1_000 };
    const place = taken.get(recipient) ?? 0;
    taken.set(recipient, place + 1);
    if (place < room.left) chosen.push(id);
    else delayed.push({ id, waitMs: room.freeInMs > 0 ? room.freeInMs : 61_000 });
  }
  return { chosen, delayed };
}
