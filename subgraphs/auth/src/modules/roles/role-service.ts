import type { Viewer } from '@flowmesh/platform/access';
import {
  keysetQuery,
  toConnection,
  type Connection,
  type KeysetOrder,
  type PageArguments,
} from '@flowmesh/platform/connections';
import { id, invalidInput, line, notFound, parseInput } from '@flowmesh/platform/validation';
import { z } from 'zod';
import type { UserLoaders } from '../users/user-loaders.ts';
import { roleAssigned, roleRevoked } from './role-events.ts';
import { lastAdministrator, roleBeyondOwnScopes } from './role-failures.ts';
import { scopesBeyond } from './role-grants.ts';
import type { RoleRecord } from './role-record.ts';
import type { RoleStore } from './role-store.ts';

const BY_NAME: KeysetOrder<'name'> = { field: 'name', direction: 'ASC', type: 'string' };

const changeInput = z.object({ userId: id(), role: line({ min: 1, max: 100 }) });

type UserLoader = UserLoaders['user'];

/** Roles: what they allow, and who gets them. */
export class RoleService {
  constructor(
    private readonly store: RoleStore,
    /** After a commit that appended events. */
    private readonly onEvents: () => void,
  ) {}

  async page(args: PageArguments): Promise<Connection<RoleRecord>> {
    const rows = await this.store.page(keysetQuery(args, BY_NAME));
    return toConnection(rows, args, BY_NAME, () => this.store.count());
  }

  /** Those of the names that are roles. */
  named(names: readonly string[]): Promise<RoleRecord[]> {
    return this.store.findNamed(names);
  }

  /** Everything the roles allow together, sorted. */
  scopesOf(roles: readonly RoleRecord[]): string[] {
    return [...new Set(roles.flatMap(({ scopes }) => scopes))].sort();
  }

  /** Gives a role whose scopes the viewer holds. */
  async assign(viewer: Viewer, input: unknown, users: UserLoader) {
    const change = await this.prepare(viewer, input, users);
    if (change.__typename !== 'Change') return change;
    const beyond = scopesBeyond(viewer, [change.role]);
    if (beyond.length > 0) return roleBeyondOwnScopes(beyond);
    const { userId, role, actorId } = change;
    const outcome = await this.store.assign({
      ...change,
      event: roleAssigned({ userId, role: role.name, actorId }),
    });
    if (outcome === 'assigned') this.onEvents();
    return change;
  }

  /** Takes a role away; not the last administrator's. */
  async revoke(viewer: Viewer, input: unknown, users: UserLoader) {
    const change = await this.prepare(viewer, input, users);
    if (change.__typename !== 'Change') return change;
    const { userId, role, actorId } = change;
    const outcome = await this.store.revoke({ ...change, event: roleRevoked({ userId, role: role.name, actorId }) });
    if (outcome === 'last administrator') return lastAdministrator();
    if (outcome === 'revoked') this.onEvents();
    return change;
  }

  private async prepare(viewer: Viewer, input: unknown, users: UserLoader) {
    const parsed = parseInput(changeInput, input);
    if (!parsed.ok) return parsed.error;
    const { userId, role: name } = parsed.data;
    if (!(await users.load(userId))) return notFound('There is no such user.');
    const [role] = await this.store.findNamed([name]);
    if (!role) return invalidInput([{ path: 'role', message: `there is no role ${JSON.stringify(name)}` }]);
    const actorId = viewer.kind === 'anonymous' ? null : viewer.userId;
    return { __typename: 'Change' as const, userId, role, actorId };
  }
}
