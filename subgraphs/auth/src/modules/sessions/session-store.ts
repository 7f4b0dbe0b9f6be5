import type { AccessTokenClaims, Client, SessionQuestion, SessionState } from '@flowmesh/platform/access';
import { inTransaction } from '@flowmesh/platform/database';
import { appendEvents } from '@flowmesh/platform/events';
import type { Pool, PoolClient } from 'pg';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { sessionRevoked } from './session-events.ts';
import type { RevocationReason, SessionLimits, SessionRecord } from './session-record.ts';

/** A token that was exchanged before: it is presented by somebody who was too late by a moment, or a second owner. */
export interface SpentToken {
  readonly session: SessionRecord;
  /** The session has ended already. */
  readonly ended: boolean;
  /** What it was exchanged for a moment ago, sealed with the token; null when that was longer ago, or is not good any more. */
  readonly successor: string | null;
}

/** What a good token is exchanged for. */
export interface NextToken {
  readonly hash: string;
  /** Sealed with the token that it takes the place of. */
  readonly sealed: string;
}

/** How long sessions are kept that have ended. */
const KEPT = `interval '30 days'`;
/** Last use is recorded so often at most. */
const RECORDED_USE = `interval '1 minute'`;
/** So long an exchanged token gives what it was exchanged for: windows of one client refresh at the same moment. */
const GRACE = `interval '10 seconds'`;

/** The condition of a session that goes on; the second parameter is the idle limit in seconds. */
const goesOn = (table: string, idleSeconds: string): string =>
  `${table}.revoked_at is null and ${table}.expires_at > now()
   and ${table}.last_used_at > now() - ${idleSeconds} * interval '1 second'`;

/** What begins with a sign-in. */
export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly tokenHash: string;
  readonly client: Client;
  /** A second factor was given. */
  readonly mfa: boolean;
  /** The session of the same user from which they sign in again: it ends. */
  readonly replaces: string | null;
  readonly audit: NewAuditLog;
}

/** What is known of a session that goes on. */
export interface FoundState extends SessionState {
  readonly sessionId: string;
  /** Its use was not recorded for a while. */
  readonly unrecorded: boolean;
}

/** Sessions and their refresh tokens. Plain SQL: each of these is one statement that decides alone. */
export class SessionStore {
  constructor(
    private readonly pool: Pool,
    private readonly limits: SessionLimits,
  ) {}

  /** Null when the user may not sign in (any more); nothing is written then. */
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
   * Exchanges the session's good token for the next one: a compare-and-set, so of any number of callers with the same
   * token one gets the session. Null when it is not a good token, or its session or user may not go on.
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

  /** Ends a session; false when it had ended already. */
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

  /** Ends all sessions of a user but one; how many. */
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

  /** The session whose good refresh token this is. */
  async findByToken(tokenHash: string): Promise<Pick<SessionRecord, 'id' | 'userId'> | null> {
    const { rows } = await this.pool.query<Pick<SessionRecord, 'id' | 'userId'>>(
      'select id, user_id as "userId" from sessions where refresh_token_hash = $1',
      [tokenHash],
    );
    return rows[0] ?? null;
  }

  /** Makes one access token void; false when it was already, or its session is gone. */
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
   * Who these sessions act for and what they may do: the union of the scopes of the user's roles, sorted; none without a
   * second factor where one is required. In the order of the questions; null where nothing goes on.
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

  /** Records that these are in use, unless somebody does so at this moment. */
  async touch(ids: readonly string[]): Promise<void> {
    await this.pool.query(
      `update sessions set last_used_at = now() where id in (
         select id from sessions where id = any($1) and last_used_at < now() - ${RECORDED_USE}
         for no key update skip locked)`,
      [ids],
    );
  }

  /** Removes revoked tokens that have expired: nobody would accept them. */
  async removeExpiredTokens(): Promise<void> {
    await this.pool.query(`delete from revoked_tokens where expires_at < now() - interval '1 hour'`);
  }

  /** Removes up to `limit` sessions that ended a month ago or earlier, with their tokens; how many. */
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

/** Which sessions of a user: one, all, or all but one. */
export type SessionChoice =
  { readonly userId: string; readonly only: string } | { readonly userId: string; readonly except: string | null };

/** Ends sessions within the caller's transaction, with an event for each; how many had not ended yet. */
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
