import { mayTouch, type Caller, type Viewer } from '@flowmesh/platform/access';
import { listOf, type Connection, type ListArguments } from '@flowmesh/platform/connections';
import { newId } from '@flowmesh/platform/ids';
import { invalidInput, parseArgument } from '@flowmesh/platform/validation';
import type { Mailer } from '../../mails/index.ts';
import type { PasswordHasher } from '../../passwords/password-hasher.ts';
import type { PasswordOwner, PasswordPolicy } from '../../passwords/password-policy.ts';
import type { AccountMails } from '../accounts/account-mails.ts';
import { newMailToken } from '../accounts/mail-token.ts';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditEntry, NewAuditLog } from '../audit/audit-record.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { scopesBeyond } from '../roles/role-grants.ts';
import type { RoleService } from '../roles/role-service.ts';
import { withFreeUsername } from './free-username.ts';
import { userRegistered } from './user-events.ts';
import { userTaken } from './user-failures.ts';
import { createUserInput, isId, userFilter, usernameFrom, type CreateUserValues } from './user-input.ts';
import type { UserRecord } from './user-record.ts';
import type { UserCreation, UserStore } from './user-store.ts';

const USERS = listOf({
  name: 'users',
  orders: {
    CREATED_AT: { field: 'createdAt', type: 'date' },
    USERNAME: { field: 'usernameKey', type: 'string' },
    EMAIL: { field: 'email', type: 'string' },
    LAST_LOGIN: { field: 'lastLogin', type: 'date', nullable: true },
  },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
});

export type UserListArguments = ListArguments<'CREATED_AT' | 'USERNAME' | 'EMAIL' | 'LAST_LOGIN'>;

export interface UserServiceParts {
  readonly store: UserStore;
  readonly roles: RoleService;
  readonly audit: AuditService;
  readonly passwords: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly mails: AccountMails;
  /** After a commit that added mails. */
  readonly onMails: Mailer['poke'];
  /** After a commit that appended events. */
  readonly onEvents: () => void;
}

/** Lists and creates users. */
export class UserService {
  constructor(private readonly parts: UserServiceParts) {}

  /** Whether the viewer sees the e-mail address, status and roles of this user. */
  seesPrivate(viewer: Viewer, user: { readonly id: string; readonly revealed?: boolean }): boolean {
    if (user.revealed === true) return true;
    const lacksFactor = viewer.kind === 'user' && viewer.mfaEnrolmentRequired === true;
    return !lacksFactor && mayTouch(viewer, user.id, 'user:read-any');
  }

  /** Whether the viewer may look this user up by id. */
  mayLookUp(viewer: Viewer, userId: string): boolean {
    return mayTouch(viewer, userId, 'user:read-any');
  }

  /** In the order of the ids; null for an unknown id. */
  async byIds(ids: readonly string[]): Promise<(UserRecord | null)[]> {
    const found = new Map((await this.parts.store.findMany(ids.filter(isId))).map((user) => [user.id, user]));
    return ids.map((id) => found.get(id) ?? null);
  }

  /** All users that match. Throws `badInput` for arguments that cannot be used. */
  async page(args: UserListArguments): Promise<Connection<UserRecord>> {
    return USERS.page(args, parseArgument('filter', userFilter, args.filter ?? {}), this.parts.store);
  }

  /**
   * Creates a user with roles whose scopes the viewer holds; returns the new user's id. Without a password, the user
   * gets a mail to choose one.
   */
  async create(caller: Caller, input: PasswordOwner) {
    const { viewer } = caller;
    const { roles, audit, passwords, policy, mails, onMails, onEvents } = this.parts;
    const parsed = policy.parse(createUserInput, input, 'password', input);
    if (!parsed.ok) return parsed.error;
    if (parsed.data.temporaryPassword && parsed.data.password == null) {
      return invalidInput([
        { path: 'temporaryPassword', message: 'needs a password: who has none is invited to choose one' },
      ]);
    }
    const known = await roles.named(parsed.data.roles);
    const unknown = parsed.data.roles.flatMap((name, index) =>
      known.some((role) => role.name === name)
        ? []
        : [{ path: `roles[${index}]`, message: `there is no role ${JSON.stringify(name)}` }],
    );
    if (unknown.length > 0) return invalidInput(unknown);
    const beyond = scopesBeyond(viewer, known);
    const denied = async (missing: string) => {
      await audit.record(caller, { action: 'user.created', outcome: 'DENIED', details: { roles: parsed.data.roles } });
      return invalidInput([{ path: 'roles', message: `would give scopes that you do not hold${missing}` }]);
    };
    if (beyond.length > 0) return denied(`: ${beyond.join(', ')}`);
    const { password } = parsed.data;
    const token = newMailToken();
    const invited = password == null;
    const result = await this.insert(parsed.data, viewer, {
      passwordHash: invited ? null : await passwords.hash(password),
      invitation: invited ? { tokenHash: token.hash, mail: mails.invitation(token.token) } : undefined,
      roleIds: known.map(({ id }) => id),
      grantedBy: viewer.kind === 'anonymous' ? null : viewer.userId,
      audit: (userId) => auditLog(caller, userCreated(userId, parsed.data.roles)),
    });
    // The viewer lost the scopes while the password was hashed.
    if (result.outcome === 'beyond own scopes') return denied(' any more');
    if (result.outcome !== 'created') return userTaken(result.outcome === 'email taken' ? 'email' : 'username');
    if (invited) onMails();
    onEvents();
    return { __typename: 'Created' as const, userId: result.userId, invited };
  }

  /** If a generated user name is taken, it gets a suffix. */
  private async insert(
    values: CreateUserValues,
    viewer: Viewer,
    given: Pick<UserCreation, 'roleIds' | 'grantedBy' | 'invitation'> & {
      readonly passwordHash: string | null;
      readonly audit: (userId: string) => NewAuditLog;
    },
  ): Promise<{ readonly outcome: Awaited<ReturnType<UserStore['create']>>; readonly userId: string }> {
    const { email, firstName, lastName, temporaryPassword } = values;
    const { passwordHash, audit, ...rest } = given;
    const userId = newId();
    const attempt = (username: string) => {
      const user = { id: userId, email, username, firstName, lastName, passwordHash, temporaryPassword };
      const events = [userRegistered(user)];
      return this.parts.store.create({ ...rest, user, events, audit: audit(userId) }, viewer);
    };
    const { username } = values;
    const outcome = await (username === null ? withFreeUsername(usernameFrom(email), attempt) : attempt(username));
    return { outcome, userId };
  }
}

/** The audit entry of a new user. */
export const userCreated = (id: string, roles: readonly string[]): AuditEntry => ({
  action: 'user.created',
  target: { type: 'USER', id },
  details: { roles },
});
