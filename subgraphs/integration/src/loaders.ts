import type { Viewer } from '@flowmesh/platform/access';
import type { Connection } from '@flowmesh/platform/connections';
import type { CacheState, Circuit, ShownObserver, RateState } from '@flowmesh/platform/resilience';
import { perArguments } from '@flowmesh/platform/loaders';
import DataLoader from 'dataloader';
import type { Authorization } from './modules/authorization/authorization-service.ts';
import type { ShownDependent } from './modules/dependents/dependent-record.ts';
import type { DependentArguments } from './modules/dependents/dependent-service.ts';
import type { IntegrationRecord } from './modules/integrations/integration-record.ts';
import type { TypeHealth } from './modules/integrations/integration-store.ts';
import type { WebhookEndpoint } from './modules/webhooks/webhook-record.ts';
import type { Services } from './services.ts';

/** Batched reads of one operation; each knows its viewer, and gives null for what the viewer may not see. */
export interface Loaders {
  readonly integrations: DataLoader<string, IntegrationRecord | null>;
  readonly circuits: DataLoader<IntegrationRecord, Circuit, string>;
  readonly observers: DataLoader<IntegrationRecord, ShownObserver[], string>;
  readonly rates: DataLoader<IntegrationRecord, RateState | null, string>;
  readonly caches: DataLoader<IntegrationRecord, CacheState, string>;
  readonly webhookEndpoints: DataLoader<string, WebhookEndpoint | null>;
  readonly authorizations: DataLoader<IntegrationRecord, Authorization | null, string>;
  readonly dependents: (args: DependentArguments) => DataLoader<IntegrationRecord, Connection<ShownDependent>, string>;
  readonly typeHealth: DataLoader<string, TypeHealth>;
}

const options = { maxBatchSize: 500 };
const byId = { ...options, cacheKeyFn: ({ id }: IntegrationRecord) => id };

export const createLoaders = (
  viewer: Viewer,
  { integrations, policies, clients, webhooks, authorization, dependents }: Services,
): Loaders => ({
  integrations: new DataLoader((ids) => integrations.visible(viewer, ids), options),
  circuits: new DataLoader((of) => policies.circuits(of), byId),
  observers: new DataLoader((of) => policies.observers(of), byId),
  rates: new DataLoader((of) => policies.rates(of), byId),
  caches: new DataLoader((of) => policies.caches(of), byId),
  webhookEndpoints: new DataLoader((ids) => webhooks.endpoints(ids), options),
  authorizations: new DataLoader((of) => authorization.states(of), byId),
  dependents: perArguments((args) => new DataLoader((of) => dependents.listsOf(of, args), byId)),
  typeHealth: new DataLoader((types) => clients.health(viewer, types), options),
});
