import { isServiceId, serviceViewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';
import type { Logger } from '@flowmesh/platform/logging';
import type { Services } from '@flowmesh/platform/services';
import DataLoader from 'dataloader';

const DEADLINE_MS = 5_000;
const QUERY = `query AccountsOfUsers($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on User { id email status } }
}`;

interface Entity {
  readonly id: string;
  readonly email: string | null;
  readonly status: string;
}

interface Answer {
  readonly _entities: readonly (Entity | null)[];
}

/** What auth knows of a user. */
export interface Account {
  /** False for somebody who was removed, too. */
  readonly exists: boolean;
  /** Null for who has none, or does not use the product at present. */
  readonly address: string | null;
}

export type AccountLoader = DataLoader<string, Account>;

const NOBODY: Account = { exists: false, address: null };
/** An installation without auth does not know its users: all that are named are taken for users. */
const UNKNOWN: Account = { exists: true, address: null };

/** Accounts of users, as auth has them at the moment. */
export class Accounts {
  constructor(
    private readonly services: Services,
    private readonly logger: Logger,
  ) {}

  /** For one call. Throws UNAVAILABLE. */
  loader(requestId: string): AccountLoader {
    return new DataLoader((ids) => this.accountsOf(ids, requestId), { maxBatchSize: 100 });
  }

  private async accountsOf(ids: readonly string[], requestId: string): Promise<Account[]> {
    const auth = this.services.get('auth');
    if (!auth) return ids.map(() => UNKNOWN);
    const people = ids.filter((id) => !isServiceId(id));
    if (people.length === 0) return ids.map(() => NOBODY);
    const viewer = serviceViewer('notification', ['user:read-any']);
    const variables = { representations: people.map((id) => ({ __typename: 'User', id })) };
    const call = { viewer, requestId, timeoutMs: DEADLINE_MS };
    const { _entities: found } = await auth.ask<Answer>({ query: QUERY, variables }, call).catch((error: unknown) => {
      this.logger.warn({ err: error, requestId }, 'accounts of users could not be read');
      throw unavailable('The accounts of users cannot be read at the moment; try again.');
    });
    const byId = new Map(found.flatMap((user) => (user ? [[user.id, toAccount(user)]] : [])));
    return ids.map((id) => byId.get(id) ?? NOBODY);
  }
}

const toAccount = ({ email, status }: Entity): Account => ({
  exists: status !== 'DELETED',
  address: status === 'ACTIVE' ? email : null,
});
