import { signedIn, type Viewer } from '@flowmesh/platform/access';
import { invalidInput } from '@flowmesh/platform/validation';
import type { AnyClient, Clients, IntegrationType } from '../../clients/clients.ts';
import type { AccessTokens } from '../authorization/access-tokens.ts';
import { testOnce } from '../health/test-run.ts';
import { visibleOwner } from '../integrations/integration-access.ts';
import type { IntegrationStore, TypeHealth } from '../integrations/integration-store.ts';
import { checkSettings, type GivenSettings } from '../integrations/settings-check.ts';

export interface TestIntegrationClientInput extends GivenSettings {
  readonly type: IntegrationType;
}

export interface ClientServiceParts {
  readonly clients: Clients;
  readonly store: IntegrationStore;
  readonly tokens: AccessTokens;
}

/** The types of integration that there are. */
export class ClientService {
  constructor(private readonly parts: ClientServiceParts) {}

  all(): AnyClient[] {
    return this.parts.clients.all;
  }

  one(type: IntegrationType): AnyClient {
    return this.parts.clients.of(type);
  }

  /** Of the integrations that the viewer may see; in the order of the types. */
  async health(viewer: Viewer, types: readonly string[]): Promise<TypeHealth[]> {
    const found = new Map((await this.parts.store.healthByType(visibleOwner(viewer))).map((each) => [each.type, each]));
    return types.map((type) => found.get(type) ?? { type, total: 0, healthy: 0, unhealthy: 0 });
  }

  /** Tries settings out and stores nothing. */
  async test(viewer: Viewer, input: TestIntegrationClientInput) {
    const client = this.parts.clients.of(input.type);
    const { userId: owner } = signedIn(viewer);
    const { problems, ...settings } = checkSettings(
      client,
      { ...input, configuration: input.configuration ?? {} },
      null,
    );
    if (problems.length > 0) return invalidInput(problems);
    const given = { ...settings, owner };
    const test = await testOnce(client, given, (_signal, use) =>
      this.parts.tokens.usingUnstored(client.type, given, use),
    );
    return { __typename: 'TestIntegrationClientSuccess' as const, test };
  }
}
