import { hasScope, type Caller } from '@flowmesh/platform/access';
import { id, invalidInput, line, notFound, parseInput } from '@flowmesh/platform/validation';
import type DataLoader from 'dataloader';
import { z } from 'zod';
import type { Mailer } from '../../mails/index.ts';
import type { AccountMails } from '../accounts/account-mails.ts';
import { newMailToken } from '../accounts/mail-token.ts';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditAction } from '../audit/audit-actions.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { emailAddress } from '../users/user-input.ts';
import type { UserRecord } from '../users/user-record.ts';
import type { AssignmentChange, AssignmentOutcome, AssignmentStore, Voucher } from './assignment-store.ts';
import { roleAssigned, roleRevoked } from './role-events.ts';
import { addressGivenByOthers, lastAdministrator, roleBeyondOwnScopes } from './role-failures.ts';
import type { RoleStore } from './role-store.ts';

const changeInput = z.object({
  userId: id(),
  role: line({ min: 1, max: 100 }),
  confirmedEmail: emailAddress().nullish(),
});

const SEES_ADDRESSES = 'user:read-any';

type UserLoader = DataLoader<string, UserRecord | null>;

export interface AssignmentServiceParts {
  readonly store: AssignmentStore;
  readonly roles: RoleStore;
  readonly audit: AuditService;
  readonly mails: AccountMails;
  /** After a commit that added mails or events. */
  readonly onMails: Mailer['poke'];
  readonly onEvents: () => void;
}

/** Assigns and revokes roles. */
export class AssignmentService {
  constructor(private readonly parts: AssignmentServiceParts) {}

  /**
   * Assigns a role whose scopes the viewer holds. The user's address must be their own, as far as the product knows or
   * the viewer confirms: anybody else who reads their mail would get the role, too.
   */
  async assign(caller: Caller, input: unknown, users: UserLoader) {
    const prepared = await this.prepare(caller, 'role.assigned', roleAssigned, input, users);
    if (prepared.__typename !== 'Change') return prepared;
    const { confirmedEmail } = prepared;
    if (confirmedEmail !== null && !hasScope(caller.viewer, SEES_ADDRESSES)) {
      return invalidInput([{ path: 'confirmedEmail', message: `needs ${SEES_ADDRESSES}` }]);
    }
    const voucher = confirmedEmail === null ? null : this.voucher(caller, prepared.userId, confirmedEmail);
    const outcome = await this.parts.store.assign(prepared.change, voucher);
    if (outcome.kind === 'another address') {
      return invalidInput([{ path: 'confirmedEmail', message: 'is not the present address of this user' }]);
    }
    if (outcome.kind === 'given by others') {
      await this.parts.audit.record(caller, { ...prepared.entry, outcome: 'DENIED' });
      return addressGivenByOthers(outcome.addresses);
    }
    if (voucher) this.parts.onMails();
    if (outcome.kind === 'last administrator') throw new Error('giving a role took one away');
    return (await this.refusal(caller, prepared, outcome)) ?? this.changed(prepared, outcome);
  }

  /** Revokes a role whose scopes the viewer holds, except from the last administrator. */
  async revoke(caller: Caller, input: unknown, users: UserLoader) {
    const prepared = await this.prepare(caller, 'role.revoked', roleRevoked, input, users);
    if (prepared.__typename !== 'Change') return prepared;
    const outcome = await this.parts.store.revoke(prepared.change);
    if (outcome.kind === 'last administrator') {
      await this.parts.audit.record(caller, { ...prepared.entry, outcome: 'FAILURE' });
      return lastAdministrator();
    }
    return (await this.refusal(caller, prepared, outcome)) ?? this.changed(prepared, outcome);
  }

  private async prepare(
    caller: Caller,
    action: AuditAction,
    eventOf: typeof roleAssigned,
    input: unknown,
    users: UserLoader,
  ) {
    const parsed = parseInput(changeInput, input);
    if (!parsed.ok) return parsed.error;
    const { userId, role: name, confirmedEmail = null } = parsed.data;
    const user = await users.load(userId);
    if (!user || user.status === 'DELETED') return notFound('There is no such user.');
    const [role] = await this.parts.roles.findNamed([name]);
    if (!role) return noRole(name);
    const { viewer } = caller;
    const actorId = viewer.kind === 'anonymous' ? null : viewer.userId;
    const entry = { action, target: { type: 'USER' as const, id: userId }, details: { role: name } };
    const event = eventOf({ userId, role: name, actorId });
    const change: AssignmentChange = { userId, role, viewer, event, audit: auditLog(caller, entry) };
    return { __typename: 'Change' as const, userId, change, entry, confirmedEmail };
  }

  private voucher(caller: Caller, userId: string, email: string): Voucher {
    const token = newMailToken();
    const audit = auditLog(caller, { action: 'user.address_vouched_for', target: { type: 'USER', id: userId } });
    return { email, token, mail: this.parts.mails.addressVouchedFor(token.token), audit };
  }

  private async refusal(caller: Caller, { change, entry }: Prepared, outcome: AssignmentOutcome) {
    if (outcome.kind === 'role gone') return noRole(change.role.name);
    if (outcome.kind !== 'beyond') return null;
    await this.parts.audit.record(caller, { ...entry, outcome: 'DENIED' });
    return roleBeyondOwnScopes(outcome.missingScopes);
  }

  private changed({ userId }: Prepared, outcome: AssignmentOutcome) {
    if (outcome.kind === 'changed') this.parts.onEvents();
    return { __typename: 'Change' as const, userId };
  }
}

type Prepared = Extract<Awaited<ReturnType<AssignmentService['prepare']>>, { readonly __typename: 'Change' }>;

const noRole = (name: string) => invalidInput([{ path: 'role', message: `there is no role ${JSON.stringify(name)}` }]);
