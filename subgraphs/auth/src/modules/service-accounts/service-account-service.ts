import type { Caller } from '@flowmesh/platform/access';
import { listOf, type Connection, type ListArguments } from '@flowmesh/platform/connections';
import { isId } from '../users/user-input.ts';
import { newId } from '@flowmesh/platform/ids';
import { conflict, invalidInput, notFound, parseArgument, parseInput } from '@flowmesh/platform/validation';
import { auditLog } from '../audit/audit-log.ts';
import type { AuditEntry } from '../audit/audit-record.ts';
import type { AuditService } from '../audit/audit-service.ts';
import { lastAdministrator, roleBeyondOwnScopes } from '../roles/role-failures.ts';
import type { RoleService } from '../roles/role-service.ts';
import { serviceAccountNameTaken } from './service-account-failures.ts';
import {
  createServiceAccountInput,
  deleteServiceAccountInput,
  serviceAccountFilter,
  updateServiceAccountInput,
} from './service-account-input.ts';
import type { ServiceAccountRecord } from './service-account-record.ts';
import type { ServiceAccountChange, ServiceAccountStore } from './service-account-store.ts';

const SERVICE_ACCOUNTS = listOf({
  name: 'serviceAccounts',
  orders: {
    NAME: { field: 'usernameKey', type: 'string' },
    CREATED_AT: { field: 'createdAt', type: 'date' },
  },
  orderBy: { field: 'NAME', direction: 'ASC' },
});

export type ServiceAccountListArguments = ListArguments<'NAME' | 'CREATED_AT'>;

export interface ServiceAccountServiceParts {
  readonly store: ServiceAccountStore;
  readonly roles: RoleService;
  readonly audit: AuditService;
  /** After a commit that may have added events. */
  readonly onEvents: () => void;
}

const NO_ACCOUNT = 'There is no such service account.';

/** Creates, changes and removes service accounts. */
export class ServiceAccountService {
  constructor(private readonly parts: ServiceAccountServiceParts) {}

  /** In the order of the ids; null for an unknown id. */
  async byIds(ids: readonly string[]): Promise<(ServiceAccountRecord | null)[]> {
    const found = new Map((await this.parts.store.findMany(ids.filter(isId))).map((account) => [account.id, account]));
    return ids.map((id) => found.get(id) ?? null);
  }

  /** Throws `badInput` for arguments that cannot be used. */
  async page(args: ServiceAccountListArguments): Promise<Connection<ServiceAccountRecord>> {
    return SERVICE_ACCOUNTS.page(
      args,
      parseArgument('filter', serviceAccountFilter, args.filter ?? {}),
      this.parts.store,
    );
  }

  /** Creates one with roles whose scopes the viewer holds; returns its id. */
  async create(caller: Caller, input: unknown) {
    const parsed = parseInput(createServiceAccountInput, input);
    if (!parsed.ok) return parsed.error;
    const { roles, store } = this.parts;
    const known = await roles.named(parsed.data.roles);
    const unknown = parsed.data.roles.flatMap((name, index) =>
      known.some((role) => role.name === name)
        ? []
        : [{ path: `roles[${index}]`, message: `there is no role ${JSON.stringify(name)}` }],
    );
    if (unknown.length > 0) return invalidInput(unknown);
    const id = newId();
    const entry = entryOf('service_account.created', id);
    const roleIds = known.map((role) => role.id);
    const refusal = await store.create(id, parsed.data, roleIds, changeBy(caller, entry));
    if (refusal === null) return { __typename: 'Changed' as const, id };
    if (refusal.kind === 'beyond') return this.denied(caller, entry, refusal.missingScopes);
    if (refusal.kind === 'name taken') return serviceAccountNameTaken();
    throw new Error(`a new service account: ${refusal.kind}`);
  }

  /** Changes one whose scopes the viewer holds; returns its id. */
  async update(caller: Caller, input: unknown) {
    const parsed = parseInput(updateServiceAccountInput, input);
    if (!parsed.ok) return parsed.error;
    const entry = entryOf('service_account.updated', parsed.data.id);
    const refusal = await this.parts.store.update(parsed.data, changeBy(caller, entry));
    switch (refusal?.kind) {
      case undefined:
        this.parts.onEvents();
        return { __typename: 'Changed' as const, id: parsed.data.id };
      case 'gone':
        return notFound(NO_ACCOUNT);
      case 'changed meanwhile':
        return conflict('Somebody changed the service account meanwhile: read it again.');
      case 'name taken':
        return serviceAccountNameTaken();
      case 'no owner':
        return invalidInput([{ path: 'ownerId', message: 'must be the id of a person' }]);
      case 'last administrator':
        return lastAdministrator();
      case 'beyond':
        return this.denied(caller, entry, refusal.missingScopes);
    }
  }

  /** Removes one whose scopes the viewer holds, with its keys. */
  async delete(caller: Caller, input: unknown) {
    const parsed = parseInput(deleteServiceAccountInput, input);
    if (!parsed.ok) return parsed.error;
    const { id } = parsed.data;
    const entry = entryOf('service_account.deleted', id);
    const refusal = await this.parts.store.remove(id, changeBy(caller, entry));
    switch (refusal?.kind) {
      case undefined:
        return { __typename: 'DeleteServiceAccountSuccess' as const, id };
      case 'beyond':
        return this.denied(caller, entry, refusal.missingScopes);
      case 'last administrator':
        return lastAdministrator();
      default:
        return notFound(NO_ACCOUNT);
    }
  }

  private async denied(caller: Caller, entry: AuditEntry, missingScopes: string[]) {
    await this.parts.audit.record(caller, { ...entry, outcome: 'DENIED', details: { missingScopes } });
    return roleBeyondOwnScopes(missingScopes);
  }
}

const entryOf = (action: AuditEntry['action'], id: string): AuditEntry => ({
  action,
  target: { type: 'SERVICE_ACCOUNT', id },
  subjectId: id,
});

const changeBy = (caller: Caller, entry: AuditEntry): ServiceAccountChange => ({
  viewer: caller.viewer,
  audit: (details) => auditLog(caller, { ...entry, details }),
});
