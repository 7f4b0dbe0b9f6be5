import type { SessionState } from '@flowmesh/platform/access';
import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { sessionRevoked } from './session-events.ts';
import type { RevocationReason, SessionRecord } from './session-record.ts';

/** Who presented a token that was exchanged before: somebody who was too late by a moment, or a second owner. */
export interface SpentToken {
  readonly session: Pick<SessionRecord, 'id' | 'userId'>;
  /** The session has ended already. */
  readonly ended: boolean;
  /** It was the good one when this request was under way. */
  readonly raced: boolean;
}

const LIFETIME = `interval '30 days'`;
/** Longest time a request counts as under way. */
const LONGEST_RACE_MS = 10_000;

/** Sessions and their refresh tokens. Plain SQL: each of these is one statement that decides alone. */
export class SessionStore {
  constructor(private readonly pool: Pool) {}

  /** Null when the user may not sign in (any more). */
  async create(id: string, userId: string, tokenHash: string): Promise<SessionRecord | null> {
    const { rows } = await this.pool.query<SessionRecord>(
      `with signed_in as (update users set last_login = now() where id = $2 and status = 'ACTIVE' returning id)
       insert into sessions (id, user_id, refresh_token_hash, expires_at)
       select $1, id, $3, now() + ${LIFETIME} from signed_in
       returning id, user_id as "userId", expires_at as "expiresAt"`,
      [id, userId, tokenHash],
    );
    return rows[0] ?? null;
  }

  /**
   * Exchanges the session's good token for the next one: a compare-and-set, so of any number of callers with the same
   * token one gets the session. Null when it is not a good token, or its session or user may not go on.
   */
  async exchange(tokenHash: string, nextHash: string): Promise<SessionRecord | null> {
    const { rows } = await this.pool.query<SessionRecord>(
      `with exchanged as (
         update sessions set refresh_token_hash = $2, generation = generation + 1, refreshed_at = now()
         from users
         where refresh_token_hash = $1 and revoked_at is null and expires_at > now()
           and users.id = user_id and users.status = 'ACTIVE'
         returning sessions.id, user_id, generation, expires_at
       ), spent as (
         insert into spent_refresh_tokens (token_hash, session_id, generation)
         select $1, id, generation - 1 from exchanged
       )
       select id, user_id as "userId", expires_at as "expiresAt" from exchanged`,
      [tokenHash, nextHash],
    );
    return rows[0] ?? null;
  }

  /** Null for a token that was never exchanged. `arrivedAt`: when the request came, by `performance.now()`. */
  async findSpent(tokenHash: string, arrivedAt: number): Promise<SpentToken | null> {
    const client = await this.pool.connect();
    try {
      const { rows } = await client.query<{
        id: string;
        userId: string;
        ended: boolean;
        isPrevious: boolean;
        spentAtMs: number;
      }>(
        `select s.id, s.user_id as "userId", s.revoked_at is not null as ended,
                t.generation = s.generation - 1 as "isPrevious",
                (extract(epoch from t.spent_at) * 1000)::float8 as "spentAtMs"
         from spent_refresh_tokens t join sessions s on s.id = t.session_id where t.token_hash = $1`,
        [tokenHash],
      );
      const [row] = rows;
      if (!row) return null;
      const { id, userId, ended, isPrevious, spentAtMs } = row;
      const raced = isPrevious && !ended && spentAtMs >= (await arrivalInDatabaseTime(client, arrivedAt));
      return { session: { id, userId }, ended, raced };
    } finally {
      client.release();
    }
  }

  /** Ends a session; false when it had ended already. */
  revoke(
    session: Pick<SessionRecord, 'id' | 'userId'>,
    reason: RevocationReason,
    audit: NewAuditLog,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `update sessions set revoked_at = now(), revoked_reason = $3
         where id = $1 and user_id = $2 and revoked_at is null`,
        [session.id, session.userId, reason],
      );
      if (rowCount === 0) return false;
      await appendEvents(client, [sessionRevoked(session, reason)]);
      await appendAudit(client, [audit]);
      return true;
    });
  }

  /** Who a session acts for and what it may do: the union of the scopes of the user's roles, sorted. */
  async state(id: string): Promise<SessionState | null> {
    const { rows } = await this.pool.query<SessionState>(
      `select s.user_id as "userId", array(
         select distinct scope from user_roles held join roles on roles.id = held.role_id, unnest(roles.scopes) as scope
         where held.user_id = s.user_id order by scope) as scopes
       from sessions s join users on users.id = s.user_id
       where s.id = $1 and s.revoked_at is null and s.expires_at > now() and users.status = 'ACTIVE'`,
      [id],
    );
    return rows[0] ?? null;
  }

  /** Removes up to `limit` sessions that ended a month ago or earlier, with their tokens; how many. */
  async removeEnded(limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from sessions where id in (
         (select id from sessions where expires_at < now() - ${LIFETIME} limit $1)
         union all (select id from sessions where revoked_at < now() - ${LIFETIME} limit $1)
         limit $1)`,
      [limit],
    );
    return rowCount ?? 0;
  }
}

/**
 * When the request came by the database's clock, in milliseconds: not later than it did, and earlier by no more than
 * the fastest of three round trips. The clocks of the processes play no part.
 */
async function arrivalInDatabaseTime(client: PoolClient, arrivedAt: number): Promise<number> {
  let best = { roundTripMs: Infinity, arrival: 0 };
  for (let trip = 1; trip <= 3; trip += 1) {
    const sentAt = performance.now();
    const { rows } = await client.query<{ nowMs: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"',
    );
    const receivedAt = performance.now();
    const roundTripMs = receivedAt - sentAt;
    if (roundTripMs >= best.roundTripMs) continue;
    const underWayMs = Math.min(receivedAt - arrivedAt, LONGEST_RACE_MS);
    best = { roundTripMs, arrival: (rows[0]?.nowMs ?? Infinity) - underWayMs };
  }
  return best.arrival;
}
