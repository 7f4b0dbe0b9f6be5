import { serviceViewer } from '@flowmesh/platform/access';
import { newId } from '@flowmesh/platform/ids';
import type { Services } from '@flowmesh/platform/services';
import type { Approvers } from '../../executions/engine/approvals/approval-changes.ts';

/** Told at once; further holders of a role find the approval in `pendingApprovals`. */
export const MAX_PEOPLE = 100;

const VIEWER = serviceViewer('workflow', ['user:read', 'user:read-any', 'role:read']);

const LOOK = `query LookAtApprovers($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on User { __typename id username status }
    ... on Role { __typename name }
  }
}`;

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly isActive: boolean;
}

type Seen =
  | { readonly __typename: 'User'; readonly id: string; readonly username: string; readonly status: string }
  | { readonly __typename: 'Role'; readonly name: string };

interface Holder {
  readonly id: string;
  readonly username: string;
}

/** Who the people are that are asked: those who are named, then who holds the roles now. Throws `ServiceAwayError`. */
export class ApproverDirectory {
  constructor(private readonly services: Services) {}

  async people({ userIds, roleIds }: Approvers): Promise<Person[]> {
    const representations = [
      ...userIds.map((id) => ({ __typename: 'User', id })),
      ...roleIds.map((id) => ({ __typename: 'Role', id })),
    ];
    const { _entities: seen } = await this.ask<{ _entities: readonly (Seen | null)[] }>(LOOK, { representations });
    const found = new Map<string, Person>();
    for (const each of seen) {
      if (each?.__typename !== 'User') continue;
      const { id, username, status } = each;
      found.set(id, { id, username, isActive: status === 'ACTIVE' });
    }
    const roles = seen.flatMap((each) => (each?.__typename === 'Role' ? [each.name] : []));
    for (const { id, username } of await this.holders(roles)) {
      if (!found.has(id)) found.set(id, { id, username, isActive: true });
    }
    return [...found.values()].slice(0, MAX_PEOPLE);
  }

  /** Active ones, those first who have been there for longest. */
  private async holders(roles: readonly string[]): Promise<Holder[]> {
    if (roles.length === 0) return [];
    const fields = roles.map(
      (_, at) => `holders${at}: users(filter: { role: $role${at}, status: ACTIVE }, first: ${MAX_PEOPLE},
                                orderBy: { field: CREATED_AT, direction: ASC }) { nodes { id username } }`,
    );
    const query = `query HoldersOfRoles(${roles.map((_, at) => `$role${at}: String!`).join(', ')}) { ${fields.join(' ')} }`;
    const variables = Object.fromEntries(roles.map((name, at) => [`role${at}`, name]));
    const found = await this.ask<Record<string, { readonly nodes: readonly Holder[] }>>(query, variables);
    return Object.values(found).flatMap(({ nodes }) => nodes);
  }

  private ask<T>(query: string, variables: Record<string, unknown>): Promise<T> {
    const service = this.services.get('auth');
    if (!service) throw new Error('the auth subgraph is not configured');
    return service.ask<T>({ query, variables }, { viewer: VIEWER, requestId: newId() });
  }
}
