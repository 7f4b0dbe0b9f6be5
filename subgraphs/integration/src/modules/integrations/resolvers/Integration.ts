import type { IntegrationResolvers } from '../../../__generated__/graphql.ts';
import { healthState } from '../health-state.ts';
import { matching } from '../operation-list.ts';

export const Integration: IntegrationResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.integrations.load(id),
  credentialsSet: ({ credentialsSet }) => [...credentialsSet],
  operations: (integration, { filter }, { services }) =>
    matching(services.integrations.operationsOf(integration), filter),
  tags: ({ tags }) => [...tags],
  health: async (integration, _args, { loaders }) => ({
    state: healthState(integration, (await loaders.circuits.load(integration)).state),
    lastCheckedAt: integration.healthCheckedAt,
    lastSuccessAt: integration.healthSucceededAt,
    consecutiveFailures: integration.healthFailures,
    latencyMs: integration.healthLatencyMs,
    lastError: integration.healthError,
  }),
  circuitBreaker: async (integration, _args, { loaders }) => {
    const [circuit, observers] = await Promise.all([
      loaders.circuits.load(integration),
      loaders.observers.load(integration),
    ]);
    return { ...circuit, observers };
  },
  rateLimit: async (integration, _args, { loaders }) => {
    const state = await loaders.rates.load(integration);
    return state && integration.policy.rateLimit && { ...integration.policy.rateLimit, ...state };
  },
  cache: async (integration, _args, { loaders }) => {
    const seconds = integration.policy.cacheSeconds;
    return seconds === 0 ? null : { seconds, ...(await loaders.caches.load(integration)) };
  },
  previousCredentialsUntil: ({ previousSecretsUntil: until }) => (until && until.getTime() > Date.now() ? until : null),
  dependents: (integration, args, { loaders }) => loaders.dependents(args).load(integration),
  webhookEndpoint: ({ id }, _args, { loaders }) => loaders.webhookEndpoints.load(id),
  authorization: (integration, _args, { loaders }) => loaders.authorizations.load(integration),
  analytics: ({ id }, period, { services }) => services.analytics.of(id, period),
  owner: ({ ownerId }) => ({ __typename: 'User', id: ownerId }),
};
