import type { Pool } from 'pg';
import type { SqlExecutor } from '@flowmesh/platform/events';
import { newId } from '@flowmesh/platform/ids';
import type { SecretBox } from '@flowmesh/platform/secrets';
import type { Mail } from './mail.ts';

/** A mail that this process is sending. Other processes do not take it until its lease expires. */
export interface ClaimedMail {
  readonly id: string;
  readonly mail: Mail;
  /** Including the current one. */
  readonly attempts: number;
  readonly createdAt: Date;
}

/** A mail as a developer sees it. */
export interface KeptMail extends Mail {
  readonly id: string;
  readonly createdAt: Date;
}

/** Longer than sending may take; afterwards another process may try. */
const LEASE = `interval '2 minutes'`;

/**
 * The table `outgoing_mails`: mails are in it from the transaction that caused them until the notification service has
 * accepted them. Subject and bodies are encrypted, because they contain tokens, and removed when they are sent.
 */
export class OutgoingMails {
  constructor(
    private readonly pool: Pool,
    private readonly secrets: SecretBox,
  ) {}

  /** Within the caller's transaction: the mail is sent exactly if the change that it reports is committed. */
  async add(executor: SqlExecutor, { to, ...content }: Mail): Promise<void> {
    const id = newId();
    const sealed = this.secrets.seal(JSON.stringify(content), contextOf(id));
    await executor.query('insert into outgoing_mails (id, recipient, sealed_content) values ($1, $2, $3)', [
      id,
      to,
      sealed,
    ]);
  }

  /** Leases up to `limit` due mails. */
  async claim(limit: number): Promise<ClaimedMail[]> {
    const { rows } = await this.pool.query<SealedMail & { attempts: number }>(
      `with due as (
         select id from outgoing_mails
         where sent_at is null and failed_at is null and next_attempt_at <= now()
         order by next_attempt_at limit $1 for update skip locked)
       update outgoing_mails m set attempts = attempts + 1, next_attempt_at = now() + ${LEASE}
       from due where m.id = due.id
       returning m.id, recipient, sealed_content as "sealedContent", created_at as "createdAt", attempts`,
      [limit],
    );
    return rows.map((row) => {
      const { id, createdAt, ...mail } = this.open(row);
      return { id, createdAt, mail, attempts: row.attempts };
    });
  }

  /** The mail has been handed over. `keep`: keeps the content for developers. */
  async sent(id: string, { keep }: { readonly keep: boolean }): Promise<void> {
    await this.pool.query(
      `update outgoing_mails set sent_at = now(), last_error = null,
         sealed_content = case when $2 then sealed_content end where id = $1`,
      [id, keep],
    );
  }

  /** The mail could not be sent. `retryInMs` null: do not retry. */
  async notSent(id: string, error: string, retryInMs: number | null): Promise<void> {
    await this.pool.query(
      `update outgoing_mails set last_error = $2,
         next_attempt_at = now() + coalesce($3::float8, 0) * interval '1 millisecond',
         failed_at = case when $3::float8 is null then now() end,
         sealed_content = case when $3::float8 is null then null else sealed_content end
       where id = $1`,
      [id, error, retryInMs],
    );
  }

  /** The latest mails that still have their content, newest first. */
  async latest(limit: number, to: string | null): Promise<KeptMail[]> {
    const { rows } = await this.pool.query<SealedMail>(
      `select id, recipient, sealed_content as "sealedContent", created_at as "createdAt" from outgoing_mails
       where sealed_content is not null and ($2::text is null or recipient = $2)
       order by created_at desc, id desc limit $1`,
      [limit, to],
    );
    return rows.map((row) => this.open(row));
  }

  /** Removes all but the latest `keep` mails, and those older than `days`. */
  async prune({ keep, days }: { readonly keep: number; readonly days: number }): Promise<void> {
    await this.pool.query(
      `delete from outgoing_mails
       where created_at < now() - $2 * interval '1 day'
         or (created_at, id) < (select created_at, id from outgoing_mails order by created_at desc, id desc
                                offset $1 - 1 limit 1)`,
      [keep, days],
    );
  }

  private open({ id, recipient, sealedContent, createdAt }: SealedMail): KeptMail {
    const content = JSON.parse(this.secrets.open(sealedContent, contextOf(id))) as Omit<Mail, 'to'>;
    return { id, to: recipient, createdAt, ...content };
  }
}

interface SealedMail {
  readonly id: string;
  readonly recipient: string;
  readonly sealedContent: string;
  readonly createdAt: Date;
}

const contextOf = (id: string) => `mail:${id}`;
