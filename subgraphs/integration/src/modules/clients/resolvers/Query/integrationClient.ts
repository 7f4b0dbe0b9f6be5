import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const integrationClient: QueryResolvers['integrationClient'] = (_root, { type }, { services }) =>
  services.clients.one(type);
