import { id, invalidInput, line, notFound, parseInput } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Caller } from '../../caller.ts';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditAction } from '../audit/audit-actions.ts';
import type { AuditService } from '../audit/audit-service.ts';
import type { UserLoaders } from '../users/user-loaders.ts';
import type { AssignmentChange, AssignmentOutcome, AssignmentStore } from './assignment-store.ts';
import { roleAssigned, roleRevoked } from './role-events.ts';
import { lastAdministrator, roleBeyondOwnScopes } from './role-failures.ts';
import type { RoleStore } from './role-store.ts';

const changeInput = z.object({ userId: id(), role: line({ min: 1, max: 100 }) });

type UserLoader = UserLoaders['user'];

export interface AssignmentServiceParts {
  readonly store: AssignmentStore;
  readonly roles: RoleStore;
  readonly audit: AuditService;
  /** After a commit that appended events. */
  readonly onEvents: () => void;
}

/** Who gets which role, and who may give and take it. */
export class AssignmentService {
  constructor(private readonly parts: AssignmentServiceParts) {}

  /** Gives a role whose scopes the viewer holds. */
  async assign(caller: Caller, input: unknown, users: UserLoader) {
    const prepared = await this.prepare(caller, 'role.assigned', roleAssigned, input, users);
    if (prepared.__typename !== 'Change') return prepared;
    const outcome = await this.parts.store.assign(prepared.change);
    if (outcome.kind === 'last administrator') throw new Error('giving a role took one away');
    return (await this.refusal(caller, prepared, outcome)) ?? this.changed(prepared, outcome);
  }

  /** Takes a role away whose scopes the viewer holds; not the last administrator's. */
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
    const { userId, role: name } = parsed.data;
    const user = await users.load(userId);
    if (!user || user.status === 'DELETED') return notFound('There is no such user.');
    const [role] = await this.parts.roles.findNamed([name]);
    if (!role) return noRole(name);
    const { viewer } = caller;
    const actorId = viewer.kind === 'anonymous' ? null : viewer.userId;
    const entry = { action, target: { type: 'USER' as const, id: userId }, details: { role: name } };
    const event = eventOf({ userId, role: name, actorId });
    const change: AssignmentChange = { userId, role, viewer, event, audit: auditLog(caller, entry) };
    return { __typename: 'Change' as const, userId, change, entry };
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
