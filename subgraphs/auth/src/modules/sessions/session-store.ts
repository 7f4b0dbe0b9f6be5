import type { AccessTokenClaims, Client, SessionQuestion, SessionState } from '@flowmesh/platform/access';
import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { sessionRevoked } from './session-events.ts';
import type { RevocationReason, SessionLimits, SessionRecord } from './session-record.ts';

/** A token that was already exchanged: presented by a concurrent window of its client, or by a second party. */
export interface SpentToken {
  readonly session: SessionRecord;
  /** The session has ended already. */
  readonly ended: boolean;
  /** The next token, encrypted with this one; null after the grace time, or if the next token was itself exchanged. */
  readonly successor: string | null;
}

/** The result of an exchange. */
export interface NextToken {
  readonly hash: string;
  /** Encrypted with the token that it replaces. */
  readonly sealed: string;
}

/** How long ended sessions are kept. */
const KEPT = `interval '30 days'`;
/** Last use is recorded at most once in this time. */
const RECORDED_USE = `interval '1 minute'`;
/**
 * Grace time in which an exchanged token returns its successor again: windows of one client refresh at the same time.
 */
const GRACE = `interval '10 seconds'`;

/** The SQL condition of an active session; the second parameter is the idle limit in seconds. */
const goesOn = (table: string, idleSeconds: string): string =>
  `${table}.revoked_at is null and ${table}.expires_at > now()
   and ${table}.last_used_at > now() - ${idleSeconds} * interval '1 second'`;

/** What a sign-in creates. */
export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly tokenHash: string;
  readonly client: Client;
  /** The sign-in used a second factor. */
  readonly mfa: boolean;
  /** The session of the same user from which they sign in again, and which ends. */
  readonly replaces: string | null;
  readonly audit: NewAuditLog;
}

/** An active session. */
export interface FoundState extends SessionState {
  readonly sessionId: string;
  /** Its last use is due to be recorded. */
  readonly unrecorded: boolean;
}

/** Sessions and their refresh tokens. Plain SQL: each operation is one atomic statement. */
export class SessionStore {
  constructor(
    private readonly pool: Pool,
    private readonly limits: SessionLimits,
  ) {}

  /** Null, and nothing is written, if the user may not sign in (any more). */
  create({
    id,
    userId,
    tokenHash,
    client: { address, userAgent },
    mfa,
    replaces,
    audit,
  }: NewSession): Promise<SessionRecord | null> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<SessionRecord>(
        `with signed_in as (update users set last_login = now() where id = $2 and status = 'ACTIVE' returning id)
         insert into sessions (id, user_id, refresh_token_hash, expires_at, address, user_agent, mfa)
         select $1, id, $3, now() + $4 * interval '1 second', $5::inet, $6, $7 from signed_in
         returning id, user_id as "userId", expires_at as "expiresAt"`,
        [id, userId, tokenHash, this.limits.maxSeconds, address, userAgent, mfa],
      );
      const [session] = rows;
      if (!session) return null;
      if (replaces !== null) await endSessions(client, { userId, only: replaces }, 'REPLACED');
      await appendAudit(client, [audit]);
      return session;
    });
  }

  /**
   * Exchanges the session's valid token for the next one: a compare-and-set, so of any number of concurrent callers
   * with the same token one gets the session. Null if the token is invalid, its session has ended, or its user is not
   * active.
   */
  async exchange(tokenHash: string, next: NextToken, { address, userAgent }: Client): Promise<SessionRecord | null> {
    const { rows } = await this.pool.query<SessionRecord>(
      `with exchanged as (
         update sessions set refresh_token_hash = $2, generation = generation + 1, refreshed_at = now(),
           last_used_at = now(), address = coalesce($4::inet, address), user_agent = coalesce($5, user_agent)
         from users
         where refresh_token_hash = $1 and ${goesOn('sessions', '$3')} and users.id = user_id and users.status = 'ACTIVE'
         returning sessions.id, user_id, generation, expires_at
       ), spent as (
         insert into spent_refresh_tokens (token_hash, session_id, generation, sealed_successor)
         select $1, id, generation - 1, $6 from exchanged
       ), forgotten as (
         update spent_refresh_tokens t set sealed_successor = null from exchanged
         where t.session_id = exchanged.id and t.sealed_successor is not null
       )
       select id, user_id as "userId", expires_at as "expiresAt" from exchanged`,
      [tokenHash, next.hash, this.limits.idleSeconds, address, userAgent, next.sealed],
    );
    return rows[0] ?? null;
  }

  /** Null for a token that was never exchanged. */
  async findSpent(tokenHash: string): Promise<SpentToken | null> {
    const { rows } = await this.pool.query<SessionRecord & Omit<SpentToken, 'session'>>(
      `select s.id, s.user_id as "userId", s.expires_at as "expiresAt", s.revoked_at is not null as ended,
         case when t.generation = s.generation - 1 and t.spent_at > clock_timestamp() - ${GRACE}
           and ${goesOn('s', '$2')} and users.status = 'ACTIVE' then t.sealed_successor end as successor
       from spent_refresh_tokens t join sessions s on s.id = t.session_id join users on users.id = s.user_id
       where t.token_hash = $1`,
      [tokenHash, this.limits.idleSeconds],
    );
    const [row] = rows;
    if (!row) return null;
    const { ended, successor, ...session } = row;
    return { session, ended, successor };
  }

  /** Ends a session; false if it had already ended. */
  revoke(
    session: Pick<SessionRecord, 'id' | 'userId'>,
    reason: RevocationReason,
    audit: NewAuditLog,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { id, userId } = session;
      const ended = await endSessions(client, { userId, only: id }, reason);
      if (ended === 0) return false;
      await appendAudit(client, [audit]);
      return true;
    });
  }

  /** Ends all sessions of a user but one; returns how many. */
  revokeAll(
    { userId, except }: { readonly userId: string; readonly except: string | null },
    audit: NewAuditLog,
  ): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      const ended = await endSessions(client, { userId, except }, 'LOGOUT_EVERYWHERE');
      await appendAudit(client, [audit]);
      return ended;
    });
  }

  /** The session with this valid refresh token. */
  async findByToken(tokenHash: string): Promise<Pick<SessionRecord, 'id' | 'userId'> | null> {
    const { rows } = await this.pool.query<Pick<SessionRecord, 'id' | 'userId'>>(
      'select id, user_id as "userId" from sessions where refresh_token_hash = $1',
      [tokenHash],
    );
    return rows[0] ?? null;
  }

  /** Revokes one access token; false if it was already revoked, or its session is gone. */
  revokeToken(
    { tokenId, sessionId, expiresAt }: Pick<AccessTokenClaims, 'tokenId' | 'sessionId' | 'expiresAt'>,
    audit: NewAuditLog,
  ): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `insert into revoked_tokens (id, session_id, expires_at)
         select $1, id, to_timestamp($3) from sessions where id = $2 on conflict do nothing`,
        [tokenId, sessionId, expiresAt],
      );
      if (rowCount === 0) return false;
      await appendAudit(client, [audit]);
      return true;
    });
  }

  /**
   * User and permissions of these sessions: the union of the scopes of the user's roles, sorted; none if a required
   * second factor is missing. In the order of the lookups; null for sessions that have ended.
   */
  async states(questions: readonly SessionQuestion[]): Promise<(FoundState | null)[]> {
    const { rows } = await this.pool.query<FoundState & { index: number }>(
      `select q.index::int - 1 as index, s.id as "sessionId", s.user_id as "userId",
         extract(epoch from s.created_at)::float8 + $5 as "recentUntil",
         $4 and not users.mfa_enabled as "mfaEnrolmentRequired",
         s.last_used_at < now() - ${RECORDED_USE} as unrecorded, array(
         select distinct scope from user_roles held join roles on roles.id = held.role_id, unnest(roles.scopes) as scope
         where held.user_id = s.user_id and (users.mfa_enabled or not $4) order by scope) as scopes,
         array(select role_id from user_roles held
         where held.user_id = s.user_id and (users.mfa_enabled or not $4) order by role_id) as "roleIds"
       from unnest($1::text[], $2::text[]) with ordinality as q(session_id, token_id, index)
       join sessions s on s.id = q.session_id join users on users.id = s.user_id
       where ${goesOn('s', '$3')} and users.status = 'ACTIVE'
         and not exists (select 1 from revoked_tokens where revoked_tokens.id = q.token_id)`,
      [
        questions.map(({ sessionId }) => sessionId),
        questions.map(({ tokenId }) => tokenId),
        this.limits.idleSeconds,
        this.limits.mfaRequired ?? false,
        this.limits.recentSeconds,
      ],
    );
    const found = new Map(rows.map(({ index, ...state }) => [index, state]));
    return questions.map((_question, index) => found.get(index) ?? null);
  }

  /** Records the use of these sessions, unless another process is doing so. */
  async touch(ids: readonly string[]): Promise<void> {
    await this.pool.query(
      `update sessions set last_used_at = now() where id in (
         select id from sessions where id = any($1) and last_used_at < now() - ${RECORDED_USE}
         for no key update skip locked)`,
      [ids],
    );
  }

  /** Removes expired tokens from the deny list: they are refused anyway. */
  async removeExpiredTokens(): Promise<void> {
    await this.pool.query(`delete from revoked_tokens where expires_at < now() - interval '1 hour'`);
  }

  /** Removes up to `limit` sessions that ended at least a month ago, with their tokens; returns how many. */
  async removeEnded(limit: number): Promise<number> {
    const { rowCount } = await this.pool.query(
      `delete from sessions where id in (
         (select id from sessions where expires_at < now() - ${KEPT} limit $1)
         union all (select id from sessions where revoked_at < now() - ${KEPT} limit $1)
         limit $1)`,
      [limit],
    );
    return rowCount ?? 0;
  }
}

/** Selects sessions of a user: one, all, or all but one. */
export type SessionChoice =
  { readonly userId: string; readonly only: string } | { readonly userId: string; readonly except: string | null };

/** Ends sessions within the caller's transaction, with an event for each; returns how many were still active. */
export async function endSessions(
  client: PoolClient,
  choice: SessionChoice,
  reason: RevocationReason,
): Promise<number> {
  const { userId } = choice;
  const [only, except] = 'only' in choice ? [choice.only, null] : [null, choice.except];
  const { rows } = await client.query<{ id: string }>(
    `update sessions set revoked_at = now(), revoked_reason = $2
     where user_id = $1 and revoked_at is null and ($3::text is null or id = $3) and ($4::text is null or id <> $4)
     returning id`,
    [userId, reason, only, except],
  );
  await appendEvents(
    client,
    rows.map(({ id }) => sessionRevoked({ id, userId }, reason)),
  );
  return rows.length;
}
