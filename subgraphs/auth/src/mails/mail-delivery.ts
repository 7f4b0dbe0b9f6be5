import type { SqlExecutor } from '@flowmesh/platform/events';
import type { Rounds } from '@flowmesh/platform/lifecycle';
import type { Logger } from '@flowmesh/platform/logging';
import type { SecretBox } from '@flowmesh/platform/secrets';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { composeMail } from './compose-mail.ts';
import type { MailCarrier } from './mail-carrier.ts';
import type { MailContent } from './mail.ts';
import { startMailWorker } from './mail-worker.ts';
import { isLocalUrl, OUTBOX_SIZE, registerOutbox } from './outbox-route.ts';
import { OutgoingMails } from './outgoing-mails.ts';

/** What code that sends mails needs. */
export interface Mailer {
  /** Stores a mail within the caller's transaction; it is sent after the commit. */
  enqueue(executor: SqlExecutor, to: string, content: MailContent): Promise<void>;
  /** Call it after the commit, to send the mail at once instead of some seconds later. */
  poke(): void;
}

export interface MailDelivery extends Mailer {
  /** Starts to send, in one process or in several. */
  start(): void;
  /** Removes mails that were sent or failed a week ago, and those beyond the number that developers see. */
  prune(): Promise<void>;
  /**
   * The route that shows unsent mails to developers; null in production, and if users reach the product from other
   * machines.
   */
  readonly registerOutbox: ((server: FastifyInstance) => void) | null;
  stop(): Promise<void>;
}

export interface MailDeliveryOptions {
  readonly carrier: MailCarrier;
  readonly production: boolean;
  /** The address at which users reach the product. */
  readonly publicUrl: string;
  readonly pool: Pool;
  readonly secrets: SecretBox;
  readonly logger: Logger;
}

const KEPT_DAYS = 7;

/**
 * Mails of this service. While no channel sends e-mail, developers find them at `/dev/outbox`; in production, and with
 * a `PUBLIC_URL` that is not local, they wait for a day.
 */
export function createMailDelivery(options: MailDeliveryOptions): MailDelivery {
  const { carrier, production, publicUrl, pool, secrets, logger } = options;
  const isShown = !production && isLocalUrl(publicUrl);
  const mails = new OutgoingMails(pool, secrets);
  let worker: Rounds | undefined;
  return {
    enqueue: (executor, to, content) => mails.add(executor, composeMail(to, content)),
    poke: () => worker?.poke(),
    start: () => {
      worker = startMailWorker({ mails, carrier, withoutChannel: isShown ? 'keep' : 'wait', logger });
    },
    prune: () => mails.prune({ keep: isShown ? OUTBOX_SIZE : 1_000_000, days: KEPT_DAYS }),
    registerOutbox: !isShown ? null : (server) => registerOutbox(server, mails),
    stop: async () => worker?.stop(),
  };
}
