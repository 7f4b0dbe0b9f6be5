import { randomBytes } from 'node:crypto';
import { StartError } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import type { PasswordHasher } from '../../passwords/password-hasher.ts';
import { auditLog, BY_THE_PRODUCT } from '../audit/audit-log.ts';
import type { AuditEntry } from '../audit/audit-record.ts';
import { ADMIN_ROLE } from '../roles/system-roles.ts';
import { userRegistered } from './user-events.ts';
import { usernameFrom } from './user-input.ts';
import { userCreated } from './user-service.ts';
import type { UserStore } from './user-store.ts';

export interface FirstAdministrator {
  readonly email: string;
  readonly password: string;
  /** Generated here: print it once, to a terminal and never into a log. */
  readonly generated: boolean;
}

export interface FirstAdministratorWishes {
  readonly email: string;
  /** Null: generate one. */
  readonly password: string | null;
}

/**
 * Creates the first administrator if there is none yet; null otherwise. A generated password is temporary: if it
 * expires before the owner has chosen another one, a new one is generated. Of any number of concurrent processes, one
 * gets the result. Throws `StartError` if the address belongs to a user who is not an administrator.
 */
export async function ensureFirstAdministrator(
  store: UserStore,
  passwords: PasswordHasher,
  wishes: FirstAdministratorWishes,
): Promise<FirstAdministrator | null> {
  const password = wishes.password ?? randomBytes(18).toString('base64url');
  const generated = wishes.password === null;
  // Checked first, because hashing is slow and there nearly always is an administrator.
  if (await store.hasHolder(ADMIN_ROLE)) {
    if (!(await store.isLockedOut(ADMIN_ROLE))) return null;
    const given = { passwordHash: await passwords.hash(password), temporary: generated };
    const email = await store.renewPassword(ADMIN_ROLE, given, (id) => auditLog(BY_THE_PRODUCT, passwordRenewed(id)));
    return email === null ? null : { email, password, generated };
  }
  const { email } = wishes;
  const user = {
    id: newId(),
    email,
    username: usernameFrom(email),
    firstName: null,
    lastName: null,
    passwordHash: await passwords.hash(password),
    temporaryPassword: generated,
  };
  const outcome = await store.createFirstHolder(ADMIN_ROLE, {
    user,
    grantedBy: null,
    events: [userRegistered(user)],
    audit: auditLog(BY_THE_PRODUCT, userCreated(user.id, [ADMIN_ROLE])),
  });
  if (outcome === null) return null;
  if (outcome !== 'created') {
    throw new StartError(`There is no administrator, and ${email} is a user already: set another ADMIN_EMAIL.`);
  }
  return { email, password, generated };
}

const passwordRenewed = (id: string): AuditEntry => ({
  action: 'user.password_changed',
  target: { type: 'USER', id },
  details: { reason: 'The temporary password of the only administrator was over.' },
});
