import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Client } from '@flowmesh/platform/access';
import { inTransaction } from '@flowmesh/platform/database';
import type { Logger } from '@flowmesh/platform/logging';
import type { Pool } from 'pg';
import type { MailContent, Mailer } from '../../mails/index.ts';
import type { AccountMails } from '../accounts/account-mails.ts';
import { deviceOf } from '../sessions/device.ts';

export interface AccountAlertsParts {
  readonly pool: Pool;
  readonly mailer: Mailer;
  readonly mails: AccountMails;
  readonly logger: Logger;
  /** Default 200 to 700 ms. */
  readonly whileMs?: { readonly least: number; readonly most: number };
}

type AlertKind = 'NEW_SIGN_IN' | 'GUESSED_AT' | 'PASSWORD_KNOWN';

/** Each kind is told once in so long, however many attempts there are. */
const QUIET = `interval '1 day'`;
/** Behind the answer, at no certain moment: the work must not tell whoever asks that there is such a user. */
const WHILE_MS = { least: 200, most: 700 };

/**
 * Tells people by mail of attempts to sign in that may not be theirs (ASVS 5.0, 6.3.5). An alert that is lost with its
 * process is lost: the audit log has what it would have told.
 */
export class AccountAlerts {
  private readonly pending = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(private readonly parts: AccountAlertsParts) {
    // Each alert that waits listens to it: as many as there are sign-ins within a few seconds.
    setMaxListeners(0, this.stopping.signal);
  }

  /** Somebody has signed in. Told when they have been here before, and not from this device and address. */
  signedIn({ id, userId }: { readonly id: string; readonly userId: string }, client: Client): void {
    this.later(async () => {
      if (await this.isNewPlace(id, userId, client)) {
        const { browser, os } = deviceOf(client.userAgent);
        // Of what the client says of itself only what is known: the rest could be anything.
        const device = browser === null ? null : [browser, os].filter(Boolean).join(' on ');
        await this.tell(userId, 'NEW_SIGN_IN', this.parts.mails.newSignIn(device, client.address));
      }
    });
  }

  /** Too many passwords were tried for this user. */
  guessedAt(userId: string): void {
    this.later(() => this.tell(userId, 'GUESSED_AT', this.parts.mails.guessedAt()));
  }

  /** The password was given, and then wrong codes until the factor was blocked. */
  passwordKnown(userId: string): void {
    this.later(() => this.tell(userId, 'PASSWORD_KNOWN', this.parts.mails.passwordKnown()));
  }

  /** Resolves when everything that waits now is told. */
  async idle(): Promise<void> {
    await Promise.all(this.pending);
  }

  /** What waits is given up; what runs ends. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.idle();
  }

  private later(work: () => Promise<void>): void {
    const { whileMs = WHILE_MS, logger } = this.parts;
    const delayMs = whileMs.least + Math.random() * (whileMs.most - whileMs.least);
    const done: Promise<void> = setTimeout(delayMs, undefined, { ref: false, signal: this.stopping.signal })
      .then(work)
      .catch((error: unknown) => {
        if (!this.stopping.signal.aborted) logger.warn({ err: error }, 'somebody could not be alerted');
      })
      .finally(() => this.pending.delete(done));
    this.pending.add(done);
  }

  /** Among the sessions that were begun before and are kept, for 30 days after their end. */
  private async isNewPlace(sessionId: string, userId: string, { address, userAgent }: Client): Promise<boolean> {
    const { rows } = await this.parts.pool.query<{ isNew: boolean }>(
      `select count(*) > 0 and not coalesce(
         bool_or(user_agent is not distinct from $3 and address is not distinct from $4::inet), false) as "isNew"
       from sessions
       where user_id = $1 and id <> $2 and created_at <= (select created_at from sessions where id = $2)`,
      [userId, sessionId, userAgent, address],
    );
    return rows[0]?.isNew ?? false;
  }

  private async tell(userId: string, kind: AlertKind, mail: MailContent): Promise<void> {
    const { pool, mailer } = this.parts;
    await inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ email: string }>(
        `with due as (
           insert into account_alerts as told (user_id, kind) select id, $2 from users where id = $1
           on conflict (user_id, kind) do update set told_at = now() where told.told_at < now() - ${QUIET}
           returning user_id)
         select email from users join due on due.user_id = users.id where status = 'ACTIVE' and email is not null`,
        [userId, kind],
      );
      for (const { email } of rows) await mailer.enqueue(client, email, mail);
    });
    mailer.poke();
  }
}
