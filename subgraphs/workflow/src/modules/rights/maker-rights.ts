import { intersectScopes, type SignedInViewer } from '@flowmesh/platform/access';
import type { CurrentUsers } from './current-users.ts';

const EXECUTE = 'workflow:execute';

/** Who has ordered work for later, with the rights they had then. */
export interface Made {
  readonly ownerId: string;
  readonly scopes: readonly string[];
  readonly roleIds: readonly string[];
}

/** As whom ordered work is done, or why it cannot be. */
export type Maker =
  { readonly viewer: SignedInViewer } | { readonly problem: { readonly code: string; readonly message: string } };

/** What makers of triggers and bulk operations may do now. */
export class MakerRights {
  constructor(private readonly users: CurrentUsers) {}

  /** With no more than the maker had when making it, and has still. Throws `ServiceAwayError`. */
  async makerOf({ ownerId, scopes, roleIds }: Made): Promise<Maker> {
    const user = await this.users.user(ownerId);
    if (!user || user.status === 'DELETED')
      return refused('OWNER_GONE', 'The user who made it does not exist any more.');
    if (user.status !== 'ACTIVE') return refused('OWNER_SUSPENDED', 'The user who made it is suspended.');
    const held = intersectScopes(scopes, user.scopes);
    const viewer: SignedInViewer = {
      kind: 'service',
      service: 'workflow',
      userId: ownerId,
      scopes: held,
      roleIds: user.roleIds.filter((id) => roleIds.includes(id)),
    };
    const may = intersectScopes(held, [EXECUTE]).includes(EXECUTE);
    return may ? { viewer } : refused('FORBIDDEN', `The user who made it does not have ${EXECUTE} any more.`);
  }
}

const refused = (code: string, message: string): Maker => ({ problem: { code, message } });
