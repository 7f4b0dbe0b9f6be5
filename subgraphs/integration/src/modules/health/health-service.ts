import { mayTouch, type Viewer } from '@flowmesh/platform/access';
import { notFound } from '@flowmesh/platform/validation';
import type { Clients } from '../../clients/clients.ts';
import type { AccessTokens } from '../authorization/access-tokens.ts';
import { NO_INTEGRATION } from '../integrations/integration-failures.ts';
import type { IntegrationRecord } from '../integrations/integration-record.ts';
import type { IntegrationSecrets } from '../integrations/integration-secrets.ts';
import type { IntegrationStore } from '../integrations/integration-store.ts';
import type { HealthStore } from './health-store.ts';
import { testOnce, type TestRun } from './test-run.ts';

export interface HealthServiceParts {
  readonly store: IntegrationStore;
  readonly health: HealthStore;
  readonly clients: Clients;
  readonly secrets: IntegrationSecrets;
  readonly tokens: AccessTokens;
  /** Called after each commit that appended events. */
  readonly published: () => void;
}

/** Asks services whether they are well, and notes what they say. */
export class HealthService {
  constructor(private readonly parts: HealthServiceParts) {}

  async test(viewer: Viewer, { id }: { readonly id: string }) {
    const found = await this.parts.store.find(id);
    if (!found || !mayTouch(viewer, found.ownerId, 'integration:invoke-any')) return notFound(NO_INTEGRATION);
    const { run } = await this.check(found);
    const integration = (await this.parts.store.find(id)) ?? found;
    return { __typename: 'TestIntegrationSuccess' as const, test: run, integration };
  }

  /** Tests an integration and notes it; tells whether it is well now and was not, or the reverse. */
  async check(integration: IntegrationRecord): Promise<{ readonly run: TestRun; readonly changed: boolean }> {
    const { clients, secrets, tokens, health, published } = this.parts;
    const { id, type, version, configuration, ownerId: owner } = integration;
    const settings = { configuration, credentials: secrets.open(id, integration.sealedSecrets), owner };
    const run = await testOnce(clients.of(type), settings, (signal, use) =>
      tokens.using(integration, settings, signal, use),
    );
    const changed = await health.record(id, version, run);
    if (changed) published();
    return { run, changed };
  }
}
