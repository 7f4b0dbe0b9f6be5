import { startRounds, type Rounds } from '@flowmesh/platform/lifecycle';
import type { AuthDomain } from '../../domain.ts';
import type { Foundations } from '../../foundations.ts';
import { StrengthEstimator } from '../../passwords/strength-estimator.ts';
import { auditLog, BY_THE_PRODUCT } from '../audit/audit-log.ts';
import { userDeleted } from '../user-changes/user-change-events.ts';
import { AccountService } from './account-service.ts';
import { AccountStore } from './account-store.ts';
import { answerMailRequests } from './mail-requests.ts';
import { PasswordAdvice } from './password-advice.ts';
import { PasswordService } from './password-service.ts';
import { PasswordStore } from './password-store.ts';

const POLL_MS = 5_000;
/**
 * Requests for mails are handled after their callers have been answered, so that the work does not delay the answers.
 */
const WHILE_MS = { least: 200, most: 700 };

function afterAWhile(work: () => void): void {
  const { least, most } = WHILE_MS;
  setTimeout(work, least + Math.random() * (most - least)).unref();
}

/** Event and audit entry of users who were removed because they never confirmed their address. */
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

/** Registration, addresses and passwords; workers handle requests for mails and send them. */
export function createAccounts(domain: AuthDomain, foundations: Foundations, registrationOpen: boolean) {
  const { pool, logger } = domain;
  const { mailDelivery, mails, policy, throttle, onMails, onEvents } = foundations;
  const store = new AccountStore(pool, mailDelivery);
  const strength = new StrengthEstimator();
  domain.onStop('password strength', () => strength.close());

  const round = async () => {
    const more = await answerMailRequests(store, mails);
    onMails();
    return more;
  };
  let requests: Rounds | undefined;
  domain.inWorkers('mails', mailDelivery);
  domain.inWorkers('requests for mails', () => {
    requests = startRounds({ name: 'requests for mails', round, pollMs: POLL_MS, logger });
    return requests;
  });
  return {
    services: {
      accounts: new AccountService({
        ...foundations,
        store,
        registrationOpen,
        onRequests: () => afterAWhile(() => requests?.poke()),
      }),
      passwords: new PasswordService({ ...foundations, store: new PasswordStore(pool, mailDelivery) }),
      passwordAdvice: new PasswordAdvice(policy, strength, throttle),
    },
    /** Removes expired rows, up to `limit` of each kind. */
    removeExpired: async (limit: number) => {
      await store.removeExpired(limit, removed);
      onEvents();
      await mailDelivery.prune();
    },
  };
}
