import type { IntegrationHealthChangeResolvers } from '../../../__generated__/graphql.ts';

export const IntegrationHealthChange: IntegrationHealthChangeResolvers = {
  integration: ({ integrationId }, _args, { loaders }) =>
    integrationId === null ? null : loaders.integrations.load(integrationId),
};
