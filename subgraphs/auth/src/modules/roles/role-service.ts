import {
  keysetQuery,
  toConnection,
  type Connection,
  type KeysetOrder,
  type PageArguments,
} from '@flowmesh/platform/connections';
import { id, invalidInput, line, notFound, parseInput } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { Caller } from '../../caller.ts';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditService } from '../audit/audit-service.ts';
import type { UserLoaders } from '../users/user-loaders.ts';
import { roleAssigned, roleRevoked } from './role-events.ts';
import { lastAdministrator, roleBeyondOwnScopes } from './role-failures.ts';
import { scopesBeyond } from './role-grants.ts';
import type { RoleRecord } from './role-record.ts';
import type { RoleStore } from './role-store.ts';

const BY_NAME: KeysetOrder<'name'> = { field: 'name', direction: 'ASC', type: 'string' };

const changeInput = z.object({ userId: id(), role: line({ min: 1, max: 100 }) });

type UserLoader = UserLoaders['user'];

export interface RoleServiceParts {
  readonly store: RoleStore;
  readonly audit: AuditService;
  /** After a commit that appended events. */
  readonly onEvents: () => void;
}

/** Roles: what they allow, and who gets them. */
export class RoleService {
  constructor(private readonly parts: RoleServiceParts) {}

  async page(args: PageArguments): Promise<Connection<RoleRecord>> {
    const rows = await this.parts.store.page(keysetQuery(args, BY_NAME));
    return toConnection(rows, args, BY_NAME, () => this.parts.store.count());
  }

  /** Those of the names that are roles. */
  named(names: readonly string[]): Promise<RoleRecord[]> {
    return this.parts.store.findNamed(names);
  }

  /** Everything the roles allow together, sorted. */
  scopesOf(roles: readonly RoleRecord[]): string[] {
    return [...new Set(roles.flatMap(({ scopes }) => scopes))].sort();
  }

  /** Gives a role whose scopes the viewer holds. */
  async assign(caller: Caller, input: unknown, users: UserLoader) {
    const change = await this.prepare(caller, input, users);
    if (change.__typename !== 'Change') return change;
    const { userId, role, actorId } = change;
    const entry = { action: 'role.assigned', ...about(change) } as const;
    const beyond = scopesBeyond(caller.viewer, [role]);
    if (beyond.length > 0) {
      await this.parts.audit.record(caller, { ...entry, outcome: 'DENIED' });
      return roleBeyondOwnScopes(beyond);
    }
    const outcome = await this.parts.store.assign({
      ...change,
      event: roleAssigned({ userId, role: role.name, actorId }),
      audit: auditLog(caller, entry),
    });
    if (outcome === 'assigned') this.parts.onEvents();
    return change;
  }

  /** Takes a role away; not the last administrator's. */
  async revoke(caller: Caller, input: unknown, users: UserLoader) {
    const change = await this.prepare(caller, input, users);
    if (change.__typename !== 'Change') return change;
    const { userId, role, actorId } = change;
    const entry = { action: 'role.revoked', ...about(change) } as const;
    const outcome = await this.parts.store.revoke({
      ...change,
      event: roleRevoked({ userId, role: role.name, actorId }),
      audit: auditLog(caller, entry),
    });
    if (outcome === 'last administrator') {
      await this.parts.audit.record(caller, { ...entry, outcome: 'FAILURE' });
      return lastAdministrator();
    }
    if (outcome === 'revoked') this.parts.onEvents();
    return change;
  }

  private async prepare({ viewer }: Caller, input: unknown, users: UserLoader) {
    const parsed = parseInput(changeInput, input);
    if (!parsed.ok) return parsed.error;
    const { userId, role: name } = parsed.data;
    if (!(await users.load(userId))) return notFound('There is no such user.');
    const [role] = await this.parts.store.findNamed([name]);
    if (!role) return invalidInput([{ path: 'role', message: `there is no role ${JSON.stringify(name)}` }]);
    const actorId = viewer.kind === 'anonymous' ? null : viewer.userId;
    return { __typename: 'Change' as const, userId, role, actorId };
  }
}

const about = ({ userId, role }: { readonly userId: string; readonly role: RoleRecord }) => ({
  target: { type: 'USER' as const, id: userId },
  details: { role: role.name },
});
