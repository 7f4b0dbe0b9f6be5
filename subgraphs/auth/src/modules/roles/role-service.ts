import type { Caller } from '@flowmesh/platform/access';
import { listOf, type Connection, type ListArguments } from '@flowmesh/platform/connections';
import { isId } from '../users/user-input.ts';
import { newId } from '@flowmesh/platform/ids';
import { conflict, notFound, parseArgument, parseInput } from '@flowmesh/platform/validation';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditEntry } from '../audit/audit-record.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { addressGivenByOthers, roleBeyondOwnScopes, roleHeld, roleNameTaken, systemRole } from './role-failures.ts';
import { createRoleInput, deleteRoleInput, roleFilter, updateRoleInput } from './role-input.ts';
import type { RoleRecord } from './role-record.ts';
import type { RoleChangeOutcome, RoleStore } from './role-store.ts';

const ROLES = listOf({
  name: 'roles',
  orders: {
    NAME: { field: 'name', type: 'string' },
    CREATED_AT: { field: 'createdAt', type: 'date' },
  },
  orderBy: { field: 'NAME', direction: 'ASC' },
});

export type RoleListArguments = ListArguments<'NAME' | 'CREATED_AT'>;

export interface RoleServiceParts {
  readonly store: RoleStore;
  readonly audit: AuditService;
  /** After a commit that appended events. */
  readonly onEvents: () => void;
}

const NO_ROLE = 'There is no such role.';

/** Creates, changes, lists and removes roles. */
export class RoleService {
  constructor(private readonly parts: RoleServiceParts) {}

  /** In the order of the ids; null for an unknown id. */
  async byIds(ids: readonly string[]): Promise<(RoleRecord | null)[]> {
    const found = new Map((await this.parts.store.findMany(ids.filter(isId))).map((role) => [role.id, role]));
    return ids.map((id) => found.get(id) ?? null);
  }

  /** By role: the number of its holders. */
  async holderCounts(ids: readonly string[]): Promise<number[]> {
    const counts = await this.parts.store.holderCounts(ids);
    return ids.map((id) => counts.get(id) ?? 0);
  }

  /** By user: the roles they hold, by name. */
  async ofUsers(userIds: readonly string[]): Promise<RoleRecord[][]> {
    const byUser = await this.parts.store.rolesOfUsers(userIds);
    return userIds.map((id) => byUser.get(id) ?? []);
  }

  /** Throws `badInput` for arguments that cannot be used. */
  async page(args: RoleListArguments): Promise<Connection<RoleRecord>> {
    return ROLES.page(args, parseArgument('filter', roleFilter, args.filter ?? {}), this.parts.store);
  }

  /** The roles with these names; unknown names are left out. */
  named(names: readonly string[]): Promise<RoleRecord[]> {
    return this.parts.store.findNamed(names);
  }

  /** The union of the scopes of the roles, sorted. */
  scopesOf(roles: readonly RoleRecord[]): string[] {
    return [...new Set(roles.flatMap(({ scopes }) => scopes))].sort();
  }

  /** Creates a role with scopes that the viewer holds. */
  async create(caller: Caller, input: unknown) {
    const parsed = parseInput(createRoleInput, input);
    if (!parsed.ok) return parsed.error;
    const id = newId();
    const entry = { action: 'role.created', target: { type: 'ROLE', id } } as const;
    const { name, scopes } = parsed.data;
    const outcome = await this.parts.store.create(id, parsed.data, this.changeBy(caller, entry));
    if (outcome.kind === 'beyond') return this.denied(caller, { ...entry, details: { name, scopes } }, outcome);
    if (outcome.kind === 'name taken') return roleNameTaken();
    return this.changed(outcome.role);
  }

  /** Changes a role whose scopes the viewer holds, before and after. */
  async update(caller: Caller, input: unknown) {
    const parsed = parseInput(updateRoleInput, input);
    if (!parsed.ok) return parsed.error;
    const { id, name, scopes } = parsed.data;
    const entry = { action: 'role.updated', target: { type: 'ROLE', id } } as const;
    const outcome = await this.parts.store.update(parsed.data, this.changeBy(caller, entry));
    switch (outcome.kind) {
      case 'gone':
        return notFound(NO_ROLE);
      case 'system':
        await this.parts.audit.record(caller, { ...entry, outcome: 'DENIED' });
        return systemRole();
      case 'changed meanwhile':
        return conflict('Somebody changed the role meanwhile: read it again.');
      case 'name taken':
        return roleNameTaken();
      case 'beyond':
        return this.denied(caller, { ...entry, details: { name, scopes } }, outcome);
      case 'given by others':
        await this.parts.audit.record(caller, { ...entry, outcome: 'DENIED', details: { name, scopes } });
        return addressGivenByOthers(outcome.addresses);
      case 'done':
        return this.changed(outcome.role);
    }
  }

  /** Removes a role whose scopes the viewer holds; returns the number of its holders. */
  async delete(caller: Caller, input: unknown) {
    const parsed = parseInput(deleteRoleInput, input);
    if (!parsed.ok) return parsed.error;
    const { id, evenIfHeld } = parsed.data;
    const entry = { action: 'role.deleted', target: { type: 'ROLE', id } } as const;
    const outcome = await this.parts.store.remove({
      id,
      evenIfHeld,
      ...this.changeBy(caller, entry),
      auditOfHolder: (userId, role) =>
        auditLog(caller, { action: 'role.revoked', target: { type: 'USER', id: userId }, details: { role } }),
    });
    switch (outcome.kind) {
      case 'gone':
        return notFound(NO_ROLE);
      case 'system':
        await this.parts.audit.record(caller, { ...entry, outcome: 'DENIED' });
        return systemRole();
      case 'held':
        return roleHeld(outcome.holderCount);
      case 'beyond':
        return this.denied(caller, entry, outcome);
      case 'done':
        this.parts.onEvents();
        return { __typename: 'DeleteRoleSuccess' as const, id, holderCount: outcome.holderCount };
    }
  }

  private changeBy(caller: Caller, entry: AuditEntry) {
    return {
      viewer: caller.viewer,
      audit: (details: NonNullable<AuditEntry['details']>) => auditLog(caller, { ...entry, details }),
    };
  }

  private changed(role: RoleRecord) {
    this.parts.onEvents();
    return { __typename: 'Changed' as const, role };
  }

  private async denied(
    caller: Caller,
    entry: AuditEntry,
    { missingScopes }: Extract<RoleChangeOutcome, { readonly kind: 'beyond' }>,
  ) {
    await this.parts.audit.record(caller, { ...entry, outcome: 'DENIED' });
    return roleBeyondOwnScopes(missingScopes);
  }
}
