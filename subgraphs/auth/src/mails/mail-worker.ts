import { startRounds, type Rounds } from '@flowmesh/platform/lifecycle';
import type { Logger } from '@flowmesh/platform/logging';
import { nextTryInMs, ServiceAwayError } from '@flowmesh/platform/services';
import { MailRefused, type MailCarrier } from './mail-carrier.ts';
import type { ClaimedMail, OutgoingMails } from './outgoing-mails.ts';

export interface MailWorkerOptions {
  readonly mails: OutgoingMails;
  readonly carrier: MailCarrier;
  /** If no channel sends e-mail: `keep` keeps the mails in the outbox for developers, `wait` waits for a channel. */
  readonly withoutChannel: 'keep' | 'wait';
  readonly logger: Logger;
  /** Default 5 seconds. */
  readonly pollMs?: number;
}

const BATCH = 10;
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 3_600_000;
const GIVE_UP_AFTER_MS = 86_400_000;

/**
 * Hands over the mails of the table, with the mail's id as idempotency key. Retries after half a minute, a minute … up
 * to an hour, for a day; while the notification service does not answer, after at most half a minute.
 */
export function startMailWorker({ mails, carrier, withoutChannel, logger, pollMs = 5_000 }: MailWorkerOptions): Rounds {
  const hand = async (claimed: ClaimedMail) => {
    const { id, attempts, createdAt } = claimed;
    try {
      const carried = await carrier.carry(claimed);
      if (carried === 'no channel' && withoutChannel === 'wait') throw new Error('No e-mail channel is configured.');
      await mails.sent(id, { keep: carried === 'no channel' });
    } catch (error) {
      const retryInMs =
        error instanceof MailRefused ? null : nextTry(error, attempts, Date.now() - createdAt.getTime());
      // Refusals repeat the address, which must not appear in the log.
      const reason = error instanceof MailRefused ? 'refused' : String(error);
      logger.warn({ mail: id, attempts, retryInMs, reason }, 'a mail could not be sent');
      await mails.notSent(id, String(error).slice(0, 500), retryInMs);
    }
  };
  return startRounds({
    name: 'mails',
    pollMs,
    logger,
    round: async () => {
      const claimed = await mails.claim(BATCH);
      await Promise.all(claimed.map(hand));
      return claimed.length === BATCH;
    },
  });
}

/** Null: do not retry. The notification service starts within seconds; other problems need an operator. */
function nextTry(error: unknown, attempts: number, ageMs: number): number | null {
  if (error instanceof ServiceAwayError) return nextTryInMs(ageMs, GIVE_UP_AFTER_MS);
  return ageMs > GIVE_UP_AFTER_MS ? null : retryDelay(attempts);
}

/** Half a minute after the first try, then twice the previous delay, up to an hour. */
export const retryDelay = (attempts: number): number =>
  Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 10));
