import { createGuardedConnect, createGuardedResolve } from '@flowmesh/platform/http';
import { openDomain } from '@flowmesh/platform/domain-runtime';
import { contextFactory, type CreateSubgraph } from '@flowmesh/platform/subgraph';
import { PrismaClient } from '@flowmesh/prisma/integration';
import { resolvers } from './__generated__/resolvers.ts';
import { ClientHost } from './client-host/client-host.ts';
import { ProductServers } from './client-host/product-servers.ts';
import { Clients } from './clients/clients.ts';
import { createLoaders } from './loaders.ts';
import { AnalyticsService } from './modules/analytics/analytics-service.ts';
import { AnalyticsStore } from './modules/analytics/analytics-store.ts';
import { authorizationRoutes } from './modules/authorization/authorization-routes.ts';
import { createAuthorization } from './modules/authorization/authorization.ts';
import { TokenStore } from './modules/authorization/token-store.ts';
import { createCalls } from './modules/calls/calls.ts';
import { ClientService } from './modules/clients/client-service.ts';
import { DependentStore } from './modules/dependents/dependent-store.ts';
import { createDependents } from './modules/dependents/dependents.ts';
import { createHealth } from './modules/health/health.ts';
import { IntegrationSecrets } from './modules/integrations/integration-secrets.ts';
import { IntegrationService } from './modules/integrations/integration-service.ts';
import { IntegrationStore } from './modules/integrations/integration-store.ts';
import { createPolicies } from './modules/policies/policies.ts';
import { OpenApiService } from './modules/openapi/openapi-service.ts';
import { createRotation } from './modules/rotation/rotation.ts';
import { webhookRoutes, webhookUrl } from './modules/webhooks/webhook-routes.ts';
import { WebhookStore } from './modules/webhooks/webhook-store.ts';
import { createWebhooks } from './modules/webhooks/webhooks.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

/** Settings → stores → modules → schema. */
export const createSubgraph: CreateSubgraph = (platform, roles) => {
  const domain = openDomain(platform, roles, {
    name: 'integration',
    connections: 20,
    prisma: (adapter) => new PrismaClient({ adapter }),
  });
  const { pool, prisma, log, bus, published } = domain;
  const http = domain.openHttp();
  const connect = createGuardedConnect({ rules: http.rules });
  const host = new ClientHost({
    rules: http.rules,
    resolve: createGuardedResolve({ rules: http.rules }),
    product: new ProductServers({ pool, poolUrl: platform.databaseUrl('integration'), config: domain.config }),
    logger: domain.logger,
  });
  domain.onStop('client hosts', () => host.close());
  const clients = new Clients({ http, connect, host });
  const secrets = new IntegrationSecrets(domain.secrets.box);
  const store = new IntegrationStore(pool, prisma);
  const dependents = createDependents(domain, new DependentStore(pool));
  domain.keepSealed(SEALED_COLUMNS);
  const integrations = new IntegrationService({ store, dependents, clients, secrets, published });
  const { chain, policies } = createPolicies(domain, integrations);
  const tokenStore = new TokenStore(pool, prisma);
  const given = { store: tokenStore, http, clients, integrations, secrets };
  const { tokens, authorization } = createAuthorization(domain, given);
  const calls = createCalls(domain, { store, integrations, clients, secrets, tokens, chain });
  const health = createHealth(domain, { store, clients, secrets, tokens });
  const webhooks = createWebhooks(domain, { store: new WebhookStore(pool, prisma), integrations, registry: store });
  const services = {
    ...{ integrations, authorization, calls, policies, health, webhooks, dependents, log, bus },
    webhookUrl: (integrationId: string) => webhookUrl(domain.config.publicUrl, integrationId),
    rotation: createRotation(domain, { store, integrations, clients, secrets, tokens }),
    openApi: new OpenApiService({ integrations, http }),
    clients: new ClientService({ clients, store, tokens }),
    analytics: new AnalyticsService(new AnalyticsStore(pool)),
  };

  return domain.subgraph({
    description: 'Integrations: external services, called and kept healthy.',
    resolvers,
    createContext: contextFactory(services, createLoaders),
    registerRoutes: (server, clientOf) => {
      webhookRoutes(webhooks)(server, clientOf);
      authorizationRoutes(server, clientOf);
    },
  });
};
