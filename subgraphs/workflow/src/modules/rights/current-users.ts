import { serviceViewer } from '@flowmesh/platform/access';
import { Batcher } from '@flowmesh/platform/batching';
import { newId } from '@flowmesh/platform/ids';
import type { Services } from '@flowmesh/platform/services';
import { LRUCache } from 'lru-cache';

const LOOK = `query LookAtRights($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on User { username status scopes mfaEnrolmentRequired roles { id } }
    ... on ApiKey { keyStatus: status }
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
  readonly keyStatus?: 'ACTIVE' | 'EXPIRED' | 'REVOKED';
}

interface Thing {
  readonly __typename: 'User' | 'ApiKey';
  readonly id: string;
}

const MAX_BATCH = 100;
const LATELY_MS = 1_000;

/** What users and API keys are now: the auth service knows, wherever it runs. All of it throws `ServiceAwayError`. */
export class CurrentUsers {
  private readonly looks = new Batcher<Thing, Seen | null>({
    process: (things) => this.look(things),
    maxItems: MAX_BATCH,
    concurrency: 2,
  });
  private readonly known = new LRUCache<string, Seen>({ max: 5_000, ttl: LATELY_MS });

  constructor(private readonly services: Services) {}

  /** Null when there is no such user. `lately`: it may be what was so a second ago. */
  async user(id: string, { lately = false } = {}): Promise<CurrentUser | null> {
    const seen = await this.see({ __typename: 'User', id }, lately);
    if (!seen?.status) return null;
    return {
      username: seen.username ?? id,
      status: seen.status,
      scopes: seen.mfaEnrolmentRequired ? [] : (seen.scopes ?? []),
      roleIds: (seen.roles ?? []).map((role) => role.id),
    };
  }

  /** Whether an API key was taken back. One that has expired was not: what it has begun goes on, as after a session. */
  async isRevoked(keyId: string, { lately = false } = {}): Promise<boolean> {
    const seen = await this.see({ __typename: 'ApiKey', id: keyId }, lately);
    return seen?.keyStatus === undefined || seen.keyStatus === 'REVOKED';
  }

  private async see(thing: Thing, lately: boolean): Promise<Seen | null> {
    const key = `${thing.__typename} ${thing.id}`;
    const known = lately ? this.known.get(key) : undefined;
    if (known) return known;
    const seen = await this.looks.add(thing);
    if (seen) this.known.set(key, seen);
    return seen;
  }

  private async look(representations: readonly Thing[]): Promise<(Seen | null)[]> {
    const service = this.services.get('auth');
    if (!service) throw new Error('the auth subgraph is not configured');
    const viewer = serviceViewer('workflow', ['user:read', 'user:read-any', 'role:read', 'api-key:read-any']);
    const data = await service.ask<{ _entities: (Seen | null)[] }>(
      { query: LOOK, variables: { representations } },
      { viewer, requestId: newId() },
    );
    return data._entities;
  }
}
