import { inTransaction } from '@flowmesh/platform/database';
import { newId } from '@flowmesh/platform/ids';
import type { Pool, PoolClient } from 'pg';
import type { MailContent, Mailer } from '../../mails/index.ts';
import type { NewAuditLog } from '../audit/audit-record.ts';
import { appendAudit } from '../audit/audit-store.ts';
import { endSessions } from '../sessions/session-store.ts';
import type { TotpMatch } from './totp.ts';

/** The user of a factor, as checks besides the code need it. */
export interface MfaOwner {
  readonly id: string;
  readonly email: string;
  readonly passwordHash: string | null;
  readonly mfaEnabled: boolean;
}

/** A given code, ready for comparison: of the authenticator, or a backup code. */
export interface GivenCode {
  /** The time step for which the code is correct; null if it is correct for none. */
  totp(sealedSecret: string): TotpMatch | null;
  /** The possible stored hashes of the given backup code; null if it is not one. */
  readonly backupHashes: readonly [string, ...string[]] | null;
}

export type CodeOutcome =
  | { readonly kind: 'good'; readonly by: 'authenticator' | 'backup code' }
  /** Correct, but already used or just expired: does not count as a guess. */
  | { readonly kind: 'used before' | 'too late' }
  | { readonly kind: 'wrong'; readonly blockedSeconds: number | null }
  | { readonly kind: 'blocked'; readonly seconds: number }
  | { readonly kind: 'no factor' };

/** A pending sign-in, and the result of the code that was given for it. */
export interface AnsweredChallenge {
  readonly userId: string;
  /** The known device on which it began. */
  readonly deviceId: string | null;
  readonly outcome: CodeOutcome;
}

export interface MfaStatus {
  readonly enabledAt: Date;
  readonly backupCodesLeft: number;
}

interface Factor {
  readonly sealedSecret: string;
  readonly lastTimeStep: number;
  readonly failedAttempts: number;
  readonly blocks: number;
  readonly blockedSeconds: number | null;
}

const PENDING = `interval '15 minutes'`;
const CHALLENGE = `interval '5 minutes'`;
const MAX_FAILURES = 5;
const BLOCK_SECONDS = 15 * 60;
/** Each further block is twice as long, up to sixteen hours. */
const MAX_DOUBLINGS = 6;

/**
 * Second factors. The row of the factor is locked while a code is checked, so a code works once even in concurrent
 * requests, and all wrong codes are counted.
 */
export class MfaStore {
  constructor(
    private readonly pool: Pool,
    private readonly mailer: Mailer,
  ) {}

  async owner(userId: string): Promise<MfaOwner | null> {
    const { rows } = await this.pool.query<MfaOwner>(
      `select id, email, password_hash as "passwordHash", mfa_enabled as "mfaEnabled" from users
       where id = $1 and status = 'ACTIVE'`,
      [userId],
    );
    return rows[0] ?? null;
  }

  async status(userId: string): Promise<MfaStatus | null> {
    const { rows } = await this.pool.query<MfaStatus>(
      `select confirmed_at as "enabledAt", (select count(*)::int from mfa_backup_codes codes
         where codes.user_id = $1 and used_at is null) as "backupCodesLeft"
       from mfa_factors where user_id = $1 and confirmed_at is not null`,
      [userId],
    );
    return rows[0] ?? null;
  }

  /** Stores an unconfirmed secret in place of an earlier one; false if one is already confirmed. */
  async begin(userId: string, sealedSecret: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `insert into mfa_factors as f (user_id, sealed_secret) values ($1, $2)
       on conflict (user_id) do update set sealed_secret = excluded.sealed_secret, created_at = now()
         where f.confirmed_at is null`,
      [userId, sealedSecret],
    );
    return rowCount === 1;
  }

  /** Enables the second factor if the code is correct for the unconfirmed secret. */
  confirm(userId: string, code: GivenCode, change: FactorChange): Promise<'confirmed' | 'wrong' | 'none'> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ sealedSecret: string }>(
        `select sealed_secret as "sealedSecret" from mfa_factors
         where user_id = $1 and confirmed_at is null and created_at > now() - ${PENDING} for update`,
        [userId],
      );
      if (!rows[0]) return 'none';
      const match = code.totp(rows[0].sealedSecret);
      if (!match?.good) return 'wrong';
      await client.query('update mfa_factors set confirmed_at = now(), last_time_step = $2 where user_id = $1', [
        userId,
        match.timeStep,
      ]);
      await client.query('update users set mfa_enabled = true, updated_at = now() where id = $1', [userId]);
      await replaceCodes(client, userId, change.codeHashes ?? []);
      await this.apply(client, userId, change);
      return 'confirmed';
    });
  }

  /** Removes the factor and everything that belongs to it, if the code is correct. */
  disable(userId: string, code: GivenCode, change: FactorChange): Promise<CodeOutcome> {
    return this.change(userId, code, async (client) => {
      await removeFactor(client, userId);
      await this.apply(client, userId, change);
    });
  }

  /** Replaces all backup codes, if the code is correct. */
  replaceBackupCodes(userId: string, code: GivenCode, change: FactorChange): Promise<CodeOutcome> {
    return this.change(userId, code, async (client) => {
      await replaceCodes(client, userId, change.codeHashes ?? []);
      await this.apply(client, userId, change);
    });
  }

  private async apply(client: PoolClient, userId: string, { audit, keepOnlySession, mail }: FactorChange) {
    await appendAudit(client, [audit]);
    if (keepOnlySession !== undefined) await endSessions(client, { userId, except: keepOnlySession }, 'MFA_CHANGED');
    const { rows } = await client.query<{ email: string }>('select email from users where id = $1', [userId]);
    for (const { email } of rows) await this.mailer.enqueue(client, email, mail);
  }

  private change(userId: string, code: GivenCode, work: (client: PoolClient) => Promise<void>): Promise<CodeOutcome> {
    return inTransaction(this.pool, async (client) => {
      const outcome = await checkCode(client, userId, code);
      if (outcome.kind === 'good') await work(client);
      return outcome;
    });
  }

  /** Stores a challenge for a sign-in with a correct password; returns when it expires. */
  async challenge(tokenHash: string, userId: string, deviceId: string | null): Promise<Date> {
    const { rows } = await this.pool.query<{ expiresAt: Date }>(
      `insert into mfa_challenges (token_hash, user_id, device_id, expires_at)
       values ($1, $2, $3, now() + ${CHALLENGE}) returning expires_at as "expiresAt"`,
      [tokenHash, userId, deviceId],
    );
    if (!rows[0]) throw new Error('a challenge that was just stored is gone');
    return rows[0].expiresAt;
  }

  /** Checks a code for a pending challenge, which a correct code ends; null if there is none. */
  answer(tokenHash: string, codeOf: (userId: string) => GivenCode): Promise<AnsweredChallenge | null> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ userId: string; deviceId: string | null }>(
        `select user_id as "userId", device_id as "deviceId" from mfa_challenges
         where token_hash = $1 and used_at is null and expires_at > now() for update`,
        [tokenHash],
      );
      const [challenge] = rows;
      if (!challenge) return null;
      const outcome = await checkCode(client, challenge.userId, codeOf(challenge.userId));
      if (outcome.kind === 'good') {
        await client.query('update mfa_challenges set used_at = now() where token_hash = $1', [tokenHash]);
      }
      return { ...challenge, outcome };
    });
  }

  /** Removes expired challenges and unconfirmed factors. */
  async removeExpired(): Promise<void> {
    await this.pool.query(`delete from mfa_challenges where expires_at < now() - interval '1 hour'`);
    await this.pool.query(`delete from mfa_factors where confirmed_at is null and created_at < now() - ${PENDING}`);
  }
}

/** What is written together with a change of the factor. */
export interface FactorChange {
  readonly audit: NewAuditLog;
  readonly codeHashes?: readonly string[];
  /** Ends all sessions but this one; absent: ends none. */
  readonly keepOnlySession?: string | undefined;
  /** To the user. */
  readonly mail: MailContent;
}

/** Removes the factor and everything that belongs to it, within the caller's transaction; false if there is none. */
export async function removeFactor(client: PoolClient, userId: string): Promise<boolean> {
  for (const table of ['mfa_factors', 'mfa_backup_codes', 'mfa_challenges']) {
    await client.query(`delete from ${table} where user_id = $1`, [userId]);
  }
  const { rowCount } = await client.query(
    'update users set mfa_enabled = false, updated_at = now() where id = $1 and mfa_enabled',
    [userId],
  );
  return rowCount === 1;
}

/**
 * Checks a code of the confirmed factor. A correct code works once. Five wrong codes in a row, across all sign-ins,
 * block the factor for a while.
 */
async function checkCode(client: PoolClient, userId: string, code: GivenCode): Promise<CodeOutcome> {
  const factor = await lockFactor(client, userId);
  if (!factor) return { kind: 'no factor' };
  if (factor.blockedSeconds !== null) return { kind: 'blocked', seconds: factor.blockedSeconds };
  return compare(client, userId, factor, code);
}

async function lockFactor(client: PoolClient, userId: string): Promise<Factor | null> {
  const { rows } = await client.query<Factor>(
    `select sealed_secret as "sealedSecret", last_time_step::float8 as "lastTimeStep",
       failed_attempts as "failedAttempts", blocks,
       case when blocked_until > clock_timestamp()
         then ceil(extract(epoch from blocked_until - clock_timestamp()))::int end as "blockedSeconds"
     from mfa_factors where user_id = $1 and confirmed_at is not null for update`,
    [userId],
  );
  return rows[0] ?? null;
}

async function compare(client: PoolClient, userId: string, factor: Factor, code: GivenCode): Promise<CodeOutcome> {
  const match = code.totp(factor.sealedSecret);
  if (match) {
    if (match.timeStep <= factor.lastTimeStep) return { kind: 'used before' };
    if (!match.good) return { kind: 'too late' };
    await client.query(
      'update mfa_factors set last_time_step = $2, failed_attempts = 0, blocks = 0 where user_id = $1',
      [userId, match.timeStep],
    );
    return { kind: 'good', by: 'authenticator' };
  }
  if (code.backupHashes !== null) {
    const { rows } = await client.query<{ usedNow: boolean }>(
      `with used as (
         update mfa_backup_codes set used_at = now() where user_id = $1 and code_hash = any($2) and used_at is null
         returning id)
       select exists (select 1 from used) as "usedNow" from mfa_backup_codes where user_id = $1 and code_hash = any($2)`,
      [userId, [...code.backupHashes]],
    );
    if (rows[0]?.usedNow === false) return { kind: 'used before' };
    if (rows[0]) {
      await client.query('update mfa_factors set failed_attempts = 0, blocks = 0 where user_id = $1', [userId]);
      return { kind: 'good', by: 'backup code' };
    }
  }
  return { kind: 'wrong', blockedSeconds: await countFailure(client, userId, factor) };
}

/** How long this failure blocks the factor; null if it does not. */
async function countFailure(client: PoolClient, userId: string, factor: Factor): Promise<number | null> {
  if (factor.failedAttempts + 1 < MAX_FAILURES) {
    await client.query('update mfa_factors set failed_attempts = failed_attempts + 1 where user_id = $1', [userId]);
    return null;
  }
  const seconds = BLOCK_SECONDS * 2 ** Math.min(factor.blocks, MAX_DOUBLINGS);
  await client.query(
    `update mfa_factors set failed_attempts = 0, blocks = blocks + 1,
       blocked_until = clock_timestamp() + $2 * interval '1 second' where user_id = $1`,
    [userId, seconds],
  );
  return seconds;
}

async function replaceCodes(client: PoolClient, userId: string, hashes: readonly string[]): Promise<void> {
  await client.query('delete from mfa_backup_codes where user_id = $1', [userId]);
  await client.query(
    `insert into mfa_backup_codes (id, user_id, code_hash)
     select c.id, $1, c.hash from unnest($2::text[], $3::text[]) as c(id, hash)`,
    [userId, hashes.map(() => newId()), hashes],
  );
}
