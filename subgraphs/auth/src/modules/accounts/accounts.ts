import { startRounds, type Rounds } from '@flowmesh/platform/lifecycle';
import type { Logger } from '@flowmesh/platform/logging';
import type { MailDelivery } from '../../mails/index.ts';
import type { Pool } from 'pg';
import type { PasswordHasher } from '../../passwords/password-hasher.ts';
import type { PasswordPolicy } from '../../passwords/password-policy.ts';
import type { Throttle } from '../../throttling/throttle.ts';
import { auditLog, BY_THE_PRODUCT } from '../audit/audit-log.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { userDeleted } from '../user-changes/user-change-events.ts';
import type { AccountMails } from './account-mails.ts';
import { AccountService } from './account-service.ts';
import { AccountStore } from './account-store.ts';
import { answerMailRequests } from './mail-requests.ts';
import { PasswordService } from './password-service.ts';
import { PasswordStore } from './password-store.ts';

export interface AccountsParts {
  readonly pool: Pool;
  readonly mailDelivery: MailDelivery;
  readonly passwords: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly throttle: Throttle;
  readonly audit: AuditService;
  readonly mails: AccountMails;
  readonly registrationOpen: boolean;
  readonly logger: Logger;
  readonly onEvents: () => void;
}

export interface Accounts {
  readonly accounts: AccountService;
  readonly passwords: PasswordService;
  /** Begins to answer requests for mails, and to send. */
  start(): void;
  /** Removes what is over, up to `limit` of each kind. */
  removeExpired(limit: number): Promise<void>;
  stop(): Promise<void>;
}

const POLL_MS = 5_000;
/** Requests for mails are worked off when those who have asked are answered: the work must not slow their answers down. */
const WHILE_MS = { least: 200, most: 700 };

function afterAWhile(work: () => void): void {
  const { least, most } = WHILE_MS;
  setTimeout(work, least + Math.random() * (most - least)).unref();
}

/** What is written of users who have never confirmed their address, and are no more. */
const removed = (userIds: readonly string[]) => ({
  events: userIds.map(userDeleted),
  audit: userIds.map((id) =>
    auditLog(BY_THE_PRODUCT, {
      action: 'user.deleted',
      target: { type: 'USER', id },
      details: { reason: 'The e-mail address was never confirmed.' },
    }),
  ),
});

/** Puts accounts together: services, the mails they cause, and the work behind them. */
export function createAccounts(parts: AccountsParts): Accounts {
  const { pool, mailDelivery, mails, logger } = parts;
  const store = new AccountStore(pool, mailDelivery);
  const onMails = () => mailDelivery.poke();
  let requests: Rounds | undefined;
  return {
    accounts: new AccountService({
      ...parts,
      store,
      onMails,
      onRequests: () => afterAWhile(() => requests?.poke()),
    }),
    passwords: new PasswordService({ ...parts, store: new PasswordStore(pool, mailDelivery), onMails }),
    start: () => {
      mailDelivery.start();
      const round = async () => {
        const more = await answerMailRequests(store, mails);
        onMails();
        return more;
      };
      requests = startRounds({ name: 'requests for mails', round, pollMs: POLL_MS, logger });
    },
    removeExpired: async (limit) => {
      await store.removeExpired(limit, removed);
      parts.onEvents();
      await mailDelivery.prune();
    },
    stop: async () => {
      await requests?.stop();
      await mailDelivery.stop();
    },
  };
}
