import { auditLog, BY_THE_PRODUCT } from '../audit/audit-log.ts';
import type { AccountMails } from './account-mails.ts';
import type { AccountStore, AddressOwner, MailRequestKind, RequestedMail } from './account-store.ts';
import { newMailToken } from './mail-token.ts';

const BATCH = 20;

/**
 * Handles requests for mails, outside of the request that made them, because the time it takes depends on whether the
 * address has an account. True if there may be more.
 */
export async function answerMailRequests(store: AccountStore, mails: AccountMails): Promise<boolean> {
  for (let answered = 0; answered < BATCH; answered += 1) {
    if (!(await store.answerRequest((kind, owner) => requestedMail(mails, kind, owner)))) return false;
  }
  return true;
}

/** Null if this user gets no such mail: suspended, or already confirmed. */
function requestedMail(
  mails: AccountMails,
  kind: MailRequestKind,
  { status, emailVerified }: AddressOwner & { readonly emailVerified: boolean },
): RequestedMail | null {
  if (status === 'SUSPENDED') return null;
  const { token, hash: tokenHash } = newMailToken();
  if (kind === 'RESET_PASSWORD') {
    return { tokenHash, mail: mails.passwordReset(token), audit: audited('user.password_reset_requested') };
  }
  if (emailVerified) return null;
  return { tokenHash, mail: mails.verification(token), audit: audited('user.email_verification_requested') };
}

const audited =
  (action: 'user.password_reset_requested' | 'user.email_verification_requested') =>
  ({ id }: AddressOwner) =>
    auditLog(BY_THE_PRODUCT, { action, target: { type: 'USER', id } });
