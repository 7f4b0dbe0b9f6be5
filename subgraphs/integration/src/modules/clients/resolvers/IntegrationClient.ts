import type { IntegrationClientResolvers } from '../../../__generated__/graphql.ts';
import { configurationSchema, credentialsSchema } from '../../../clients/clients.ts';

export const IntegrationClient: IntegrationClientResolvers = {
  configurationSchema: (client) => ({ ...configurationSchema(client) }),
  credentialsSchema: (client) => ({ ...credentialsSchema(client) }),
  operations: ({ operations }) => [...(operations ?? [])],
  health: ({ type }, _args, { loaders }) => loaders.typeHealth.load(type),
};
