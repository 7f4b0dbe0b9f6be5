import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import type { SqlExecutor } from '../events/index.ts';
import type { Rounds } from '../lifecycle/index.ts';
import type { Logger } from '../logging/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import { composeMail } from './compose-mail.ts';
import type { MailContent } from './mail.ts';
import type { MailConfig } from './mail-config.ts';
import { startMailWorker } from './mail-worker.ts';
import { OUTBOX_SIZE, registerOutbox } from './outbox-route.ts';
import { OutgoingMails } from './outgoing-mails.ts';
import { createSmtpTransport } from './smtp.ts';

/** All that a service needs to know of mail. */
export interface Mailer {
  /** Stores a mail within the caller's transaction; it is sent after the commit. */
  send(executor: SqlExecutor, to: string, content: MailContent): Promise<void>;
  /** After the commit: it is sent at once rather than in some seconds. */
  poke(): void;
}

export interface MailDelivery extends Mailer {
  /** Begins to send; in one process or in several. */
  start(): void;
  /** Removes what was sent or given up a week ago, or is more than a developer reads. */
  prune(): Promise<void>;
  /** Only where mails are kept for developers: shows them. */
  readonly registerOutbox: ((server: FastifyInstance) => void) | null;
  stop(): Promise<void>;
}

export interface MailDeliveryOptions {
  readonly config: MailConfig;
  readonly production: boolean;
  /** Of a domain with the table `outgoing_mails`. */
  readonly pool: Pool;
  readonly secrets: SecretBox;
  readonly logger: Logger;
}

const KEPT_DAYS = 7;

/**
 * Mail of one domain. With a mail server mails go there. Without one a developer finds them at `/dev/outbox`; in
 * production they wait for a server to be configured, and are given up after a week.
 */
export function createMailDelivery({ config, production, pool, secrets, logger }: MailDeliveryOptions): MailDelivery {
  const mails = new OutgoingMails(pool, secrets);
  const transport = config.smtpUrl === null ? null : createSmtpTransport(config.smtpUrl, config.from);
  let worker: Rounds | undefined;
  return {
    send: (executor, to, content) => mails.add(executor, composeMail(to, content)),
    poke: () => worker?.poke(),
    start: () => {
      if (transport === null && production) logger.warn('SMTP_URL is not set: mails are kept and not sent');
      else worker = startMailWorker({ mails, transport, logger });
    },
    prune: () => mails.prune({ keep: transport === null && !production ? OUTBOX_SIZE : 1_000_000, days: KEPT_DAYS }),
    registerOutbox: transport === null && !production ? (server) => registerOutbox(server, mails) : null,
    stop: async () => {
      await worker?.stop();
      transport?.close();
    },
  };
}
