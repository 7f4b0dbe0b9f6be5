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

/** Each kind of alert is sent at most once in this time, however many attempts there are. */
const QUIET = `interval '1 day'`;
/** After the answer, with a random delay: the timing must not reveal to the caller that the user exists. */
const WHILE_MS = { least: 200, most: 700 };

/**
 * Alerts users by mail of sign-in attempts that may not be their own (ASVS 5.0, 6.3.5). An alert is lost if its process
 * dies before; the audit log has the attempt.
 */
export class AccountAlerts {
  private readonly pending = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(private readonly parts: AccountAlertsParts) {
    // Each waiting alert adds a listener: as many as there are sign-ins within a few seconds.
    setMaxListeners(0, this.stopping.signal);
  }

  /** After a sign-in. Sends an alert if the user has signed in before, but not with this device and address. */
  signedIn({ id, userId }: { readonly id: string; readonly userId: string }, client: Client): void {
    this.later(async () => {
      if (await this.isNewPlace(id, userId, client)) {
        const { browser, os } = deviceOf(client.userAgent);
        // Only known names of browsers and systems: the rest of the header could contain anything.
        const device = browser === null ? null : [browser, os].filter(Boolean).join(' on ');
        await this.tell(userId, 'NEW_SIGN_IN', this.parts.mails.newSignIn(device, client.address));
      }
    });
  }

  /** Too many wrong passwords were tried for this user. */
  guessedAt(userId: string): void {
    this.later(() => this.tell(userId, 'GUESSED_AT', this.parts.mails.guessedAt()));
  }

  /** The correct password was given, and then wrong codes until the factor was blocked. */
  passwordKnown(userId: string): void {
    this.later(() => this.tell(userId, 'PASSWORD_KNOWN', this.parts.mails.passwordKnown()));
  }

  /** Resolves when all alerts that wait now are sent. */
  async idle(): Promise<void> {
    await Promise.all(this.pending);
  }

  /** Drops waiting alerts, and waits for running ones. */
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

  /** Compares with the user's earlier sessions; ended ones are kept for 30 days. */
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
