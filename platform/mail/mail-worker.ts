import { startRounds, type Rounds } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { ClaimedMail, OutgoingMails } from './outgoing-mails.ts';
import { isRefusedForGood, type MailTransport } from './smtp.ts';

export interface MailWorkerOptions {
  readonly mails: OutgoingMails;
  /** Null: a developer reads them where they are. */
  readonly transport: MailTransport | null;
  readonly logger: Logger;
  /** Default 5 seconds. */
  readonly pollMs?: number;
}

const BATCH = 10;
const DEADLINE_MS = 60_000;
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 3_600_000;
const GIVE_UP_AFTER_MS = 86_400_000;

/**
 * Sends what stands in the table, at least once each: a process that dies between sending and noting it leaves a mail
 * that is sent again, with the same Message-ID. Tried again after half a minute, a minute … up to an hour, for a day.
 */
export function startMailWorker({ mails, transport, logger, pollMs = 5_000 }: MailWorkerOptions): Rounds {
  const send = async ({ id, mail, attempts, createdAt }: ClaimedMail) => {
    try {
      await transport?.send(id, mail, DEADLINE_MS);
      await mails.sent(id, { keep: transport === null });
    } catch (error) {
      const old = Date.now() - createdAt.getTime() > GIVE_UP_AFTER_MS;
      const retryInMs = old || isRefusedForGood(error) ? null : retryDelay(attempts);
      // Servers repeat the address in their answers, which is nobody's business who reads logs.
      logger.warn({ mail: id, attempts, retryInMs, code: codeOf(error) }, 'a mail could not be sent');
      await mails.notSent(id, String(error).slice(0, 500), retryInMs);
    }
  };
  return startRounds({
    name: 'mails',
    pollMs,
    logger,
    round: async () => {
      const claimed = await mails.claim(BATCH);
      await Promise.all(claimed.map(send));
      return claimed.length === BATCH;
    },
  });
}

/** Half a minute after the first try, then twice as long each time, up to an hour. */
export const retryDelay = (attempts: number): number =>
  Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 10));

function codeOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return [code, responseCode].filter((part) => part !== undefined).join(' ');
}
