import { intersectScopes, serviceViewer, type SignedInViewer } from '@flowmesh/platform/access';
import { Batcher } from '@flowmesh/platform/batching';
import { newId } from '@flowmesh/platform/ids';
import type { Services } from '@flowmesh/platform/services';
import type { TriggerReason, TriggerRecord } from '../trigger-record.ts';

const LOOK = `query LookAtUsers($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on User { id status scopes mfaEnrolmentRequired roles { id } }
  }
}`;

interface SeenUser {
  readonly id: string;
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'PENDING' | 'DELETED';
  readonly scopes: readonly string[] | null;
  readonly mfaEnrolmentRequired: boolean | null;
  readonly roles: readonly { readonly id: string }[] | null;
}

const EXECUTE = 'workflow:execute';
const MAX_BATCH = 100;

/** As whom a trigger starts executions, or why it cannot. */
export type Maker = { readonly viewer: SignedInViewer } | { readonly problem: TriggerReason };

/** What makers of triggers may do now: the auth service knows, wherever it runs. */
export class CurrentRights {
  private readonly looks = new Batcher<string, SeenUser | null>({
    process: (ids) => this.look(ids),
    maxItems: MAX_BATCH,
    concurrency: 2,
  });

  constructor(private readonly services: Services) {}

  /** With no more than the maker had when making the trigger, and has still. Throws `ServiceAwayError`. */
  async makerOf({ ownerId, scopes, roleIds }: Pick<TriggerRecord, 'ownerId' | 'scopes' | 'roleIds'>): Promise<Maker> {
    const user = await this.looks.add(ownerId);
    if (!user || user.status === 'DELETED')
      return refused('OWNER_GONE', 'The user who made it does not exist any more.');
    if (user.status !== 'ACTIVE') return refused('OWNER_SUSPENDED', 'The user who made it is suspended.');
    const held = user.mfaEnrolmentRequired ? [] : intersectScopes(scopes, user.scopes ?? []);
    const viewer: SignedInViewer = {
      kind: 'service',
      service: 'workflow',
      userId: ownerId,
      scopes: held,
      roleIds: (user.roles ?? []).map(({ id }) => id).filter((id) => roleIds.includes(id)),
    };
    const may = intersectScopes(held, [EXECUTE]).includes(EXECUTE);
    return may ? { viewer } : refused('FORBIDDEN', `The user who made it does not have ${EXECUTE} any more.`);
  }

  private async look(ids: readonly string[]): Promise<(SeenUser | null)[]> {
    const service = this.services.get('auth');
    if (!service) throw new Error('the auth subgraph is not configured');
    const viewer = serviceViewer('workflow', ['user:read', 'user:read-any', 'role:read']);
    const variables = { representations: ids.map((id) => ({ __typename: 'User', id })) };
    const data = await service.ask<{ _entities: (SeenUser | null)[] }>(
      { query: LOOK, variables },
      { viewer, requestId: newId() },
    );
    return data._entities;
  }
}

const refused = (code: string, message: string): Maker => ({ problem: { code, message } });
