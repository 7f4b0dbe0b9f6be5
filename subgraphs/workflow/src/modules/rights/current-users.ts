import { serviceViewer } from '@flowmesh/platform/access';
import { Batcher } from '@flowmesh/platform/batching';
import { newId } from '@flowmesh/platform/ids';
import type { Services } from '@flowmesh/platform/services';

const LOOK = `query LookAtRights($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on User { username status scopes mfaEnrolmentRequired roles { id } }
  }
}`;

/** What somebody may do now. */
export interface CurrentUser {
  readonly username: string;
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'PENDING' | 'DELETED';
  readonly scopes: readonly string[];
  readonly roleIds: readonly string[];
}

interface Seen {
  readonly username?: string;
  readonly status?: CurrentUser['status'];
  readonly scopes?: readonly string[] | null;
  readonly mfaEnrolmentRequired?: boolean | null;
  readonly roles?: readonly { readonly id: string }[] | null;
}

const MAX_BATCH = 100;

/** What users are now: the auth service knows, wherever it runs. Throws `ServiceAwayError`. */
export class CurrentUsers {
  private readonly looks = new Batcher<string, Seen | null>({
    process: (ids) => this.look(ids),
    maxItems: MAX_BATCH,
    concurrency: 2,
  });

  constructor(private readonly services: Services) {}

  /** Null when there is no such user. */
  async user(id: string): Promise<CurrentUser | null> {
    const seen = await this.looks.add(id);
    if (!seen?.status) return null;
    return {
      username: seen.username ?? id,
      status: seen.status,
      scopes: seen.mfaEnrolmentRequired ? [] : (seen.scopes ?? []),
      roleIds: (seen.roles ?? []).map((role) => role.id),
    };
  }

  private async look(ids: readonly string[]): Promise<(Seen | null)[]> {
    const service = this.services.get('auth');
    if (!service) throw new Error('the auth subgraph is not configured');
    const viewer = serviceViewer('workflow', ['user:read', 'user:read-any', 'role:read']);
    const variables = { representations: ids.map((id) => ({ __typename: 'User', id })) };
    const data = await service.ask<{ _entities: (Seen | null)[] }>(
      { query: LOOK, variables },
      { viewer, requestId: newId() },
    );
    return data._entities;
  }
}
