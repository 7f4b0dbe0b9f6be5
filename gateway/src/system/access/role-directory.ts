import type { Viewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';
import type { CallContext, SubgraphSources } from '@flowmesh/platform/federation';
import { z } from 'zod';
import type { RoleScopes, Standing } from './explain-access.ts';

/** The gateway asks as itself: it has checked before whether the viewer may know. */
const SELF: Viewer = {
  kind: 'service',
  service: 'gateway',
  userId: 'gateway',
  scopes: ['user:read-any', 'role:read'],
};
const PAGE = 100;
/** The most pages of roles that are read. */
const MAX_PAGES = 20;

const role = z.object({ id: z.string(), name: z.string(), scopes: z.array(z.string()) });
const userAnswer = z.object({
  user: z
    .object({
      status: z.enum(['ACTIVE', 'SUSPENDED', 'PENDING', 'DELETED']),
      mfaEnrolmentRequired: z.boolean(),
      roles: z.array(role),
    })
    .nullable(),
});
const rolesAnswer = z.object({
  roles: z.object({
    nodes: z.array(role),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});

export interface UserRoles {
  readonly standing: Standing;
  readonly roles: readonly RoleScopes[];
}

/** Roles and their holders, from auth; fetched once per operation. */
export class RoleDirectory {
  private all: Promise<readonly RoleScopes[]> | undefined;

  constructor(
    private readonly sources: SubgraphSources,
    private readonly call: CallContext,
  ) {}

  /** By name. */
  roles(): Promise<readonly RoleScopes[]> {
    return (this.all ??= this.readRoles());
  }

  /** Null if there is no such user. */
  async rolesOf(userId: string): Promise<UserRoles | null> {
    const query = 'query ($id: ID!) { user(id: $id) { status mfaEnrolmentRequired roles { id name scopes } } }';
    const { user } = userAnswer.parse(await this.ask(query, { id: userId }));
    if (!user) return null;
    const { roles, ...standing } = user;
    return { standing, roles };
  }

  private async readRoles(): Promise<readonly RoleScopes[]> {
    const query = `query ($first: Int!, $after: String) {
      roles(first: $first, after: $after) { nodes { id name scopes } pageInfo { hasNextPage endCursor } } }`;
    const found: RoleScopes[] = [];
    let after: string | null = null;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const { roles } = rolesAnswer.parse(await this.ask(query, { first: PAGE, after }));
      found.push(...roles.nodes);
      if (!roles.pageInfo.hasNextPage) break;
      after = roles.pageInfo.endCursor;
    }
    return found;
  }

  private async ask(query: string, variables: Record<string, unknown>): Promise<unknown> {
    const auth = this.sources.get('auth');
    const { requestId, signal } = this.call;
    const result = await auth?.execute({ query, variables }, { viewer: SELF, requestId, signal });
    if (!result?.data || result.errors) throw unavailable('The auth service does not answer; try again.');
    return result.data;
  }
}
