import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const integrationClients: QueryResolvers['integrationClients'] = (_root, _args, { services }) =>
  services.clients.all();
