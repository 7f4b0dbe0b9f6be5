import { isServiceId, serviceViewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';
import type { Logger } from '@flowmesh/platform/logging';
import type { Services } from '@flowmesh/platform/services';
import DataLoader from 'dataloader';

const DEADLINE_MS = 5_000;
const QUERY = `query AddressesOfUsers($representations: [_Any!]!) {
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

/** E-mail addresses of accounts, as auth has them at the moment. */
export class AccountAddresses {
  constructor(
    private readonly services: Services,
    private readonly logger: Logger,
  ) {}

  /** For one call: null for who has none, or does not use the product at present. Throws UNAVAILABLE. */
  loader(requestId: string): DataLoader<string, string | null> {
    return new DataLoader((ids) => this.addressesOf(ids, requestId), { maxBatchSize: 100 });
  }

  private async addressesOf(ids: readonly string[], requestId: string): Promise<(string | null)[]> {
    const auth = this.services.get('auth');
    const people = ids.filter((id) => !isServiceId(id));
    if (!auth || people.length === 0) return ids.map(() => null);
    const viewer = serviceViewer('notification', ['user:read-any']);
    const variables = { representations: people.map((id) => ({ __typename: 'User', id })) };
    const call = { viewer, requestId, timeoutMs: DEADLINE_MS };
    const { _entities: found } = await auth.ask<Answer>({ query: QUERY, variables }, call).catch((error: unknown) => {
      this.logger.warn({ err: error, requestId }, 'addresses of users could not be read');
      throw unavailable('The addresses of users cannot be read at the moment; try again.');
    });
    const byId = new Map(found.flatMap((user) => (user?.status === 'ACTIVE' ? [[user.id, user.email]] : [])));
    return ids.map((id) => byId.get(id) ?? null);
  }
}
