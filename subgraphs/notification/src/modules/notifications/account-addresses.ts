import { isServiceId, serviceViewer } from '@flowmesh/platform/access';
import { unavailable } from '@flowmesh/platform/errors';
import type { SubgraphSources } from '@flowmesh/platform/federation';
import type { Logger } from '@flowmesh/platform/logging';
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

/** E-mail addresses of accounts, as auth has them at the moment. */
export class AccountAddresses {
  constructor(
    private readonly subgraphs: SubgraphSources,
    private readonly logger: Logger,
  ) {}

  /** For one call: null for who has none, or does not use the product at present. Throws UNAVAILABLE. */
  loader(requestId: string): DataLoader<string, string | null> {
    return new DataLoader((ids) => this.addressesOf(ids, requestId), { maxBatchSize: 100 });
  }

  private async addressesOf(ids: readonly string[], requestId: string): Promise<(string | null)[]> {
    const source = this.subgraphs.get('auth');
    const people = ids.filter((id) => !isServiceId(id));
    if (!source || people.length === 0) return ids.map(() => null);
    const viewer = serviceViewer('notification', ['user:read-any']);
    const variables = { representations: people.map((id) => ({ __typename: 'User', id })) };
    const call = { viewer, requestId, signal: AbortSignal.timeout(DEADLINE_MS) };
    const { data, errors } = await source.execute({ query: QUERY, variables }, call);
    if (errors) {
      this.logger.warn({ reason: errors[0]?.message, requestId }, 'addresses of users could not be read');
      throw unavailable('The addresses of users cannot be read at the moment; try again.');
    }
    const found = (data as { readonly _entities: readonly (Entity | null)[] })._entities;
    const byId = new Map(found.flatMap((user) => (user?.status === 'ACTIVE' ? [[user.id, user.email]] : [])));
    return ids.map((id) => byId.get(id) ?? null);
  }
}
