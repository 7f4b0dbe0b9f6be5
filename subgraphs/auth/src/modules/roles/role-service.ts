import {
  keysetQuery,
  toConnection,
  type Connection,
  type KeysetOrder,
  type PageArguments,
} from '@flowmesh/platform/connections';
import { badInput } from '@flowmesh/platform/errors';
import { newId } from '@flowmesh/platform/ids';
import { conflict, notFound, parseInput } from '@flowmesh/platform/validation';
import type { Caller } from '../../caller.ts';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditEntry } from '../audit/audit-record.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { addressGivenByOthers, roleBeyondOwnScopes, roleHeld, roleNameTaken, systemRole } from './role-failures.ts';
import { createRoleInput, deleteRoleInput, roleFilter, updateRoleInput } from './role-input.ts';
import type { RoleRecord } from './role-record.ts';
import type { RoleChangeOutcome, RoleStore } from './role-store.ts';

const ORDERS = {
  NAME: { field: 'name', type: 'string' },
  CREATED_AT: { field: 'createdAt', type: 'date' },
} as const satisfies Record<string, Omit<KeysetOrder<keyof RoleRecord>, 'list' | 'direction'>>;

export interface RoleListArguments extends PageArguments {
  readonly filter?: object | null | undefined;
  /** By name when left out. */
  readonly orderBy?: { readonly field?: keyof typeof ORDERS; readonly direction?: 'ASC' | 'DESC' } | null | undefined;
}

export interface RoleServiceParts {
  readonly store: RoleStore;
  readonly audit: AuditService;
  /** After a commit that appended events. */
  readonly onEvents: () => void;
}

const NO_ROLE = 'There is no such role.';

/** Roles: what they allow, and who may change that. */
export class RoleService {
  constructor(private readonly parts: RoleServiceParts) {}

  /** Throws `badInput` for arguments that cannot be used. */
  async page({ filter, orderBy, first, after }: RoleListArguments): Promise<Connection<RoleRecord>> {
    const parsed = parseInput(roleFilter, filter ?? {});
    if (!parsed.ok) {
      const [problem] = parsed.error.fields;
      throw badInput(`filter.${problem?.path}`, problem?.message ?? 'cannot be used');
    }
    const { store } = this.parts;
    const order = {
      list: 'roles',
      ...ORDERS[orderBy?.field ?? 'NAME'],
      direction: orderBy?.direction ?? 'ASC',
    } satisfies KeysetOrder<keyof RoleRecord>;
    const rows = await store.page(parsed.data, keysetQuery({ first, after }, order));
    return toConnection<keyof RoleRecord, RoleRecord>(rows, { first, after }, order, () => store.count(parsed.data));
  }

  /** Those of the names that are roles. */
  named(names: readonly string[]): Promise<RoleRecord[]> {
    return this.parts.store.findNamed(names);
  }

  /** Everything the roles allow together, sorted. */
  scopesOf(roles: readonly RoleRecord[]): string[] {
    return [...new Set(roles.flatMap(({ scopes }) => scopes))].sort();
  }

  /** Makes a role of scopes that the viewer holds. */
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

  /** Removes a role whose scopes the viewer holds; how many held it. */
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
