import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const discoverAgents: QueryResolvers['discoverAgents'] = (_root, args, { services, viewer }) => {
  const { capability = null, type = null, availableOnly, first, after } = args;
  return services.agents.discover(viewer, { capability, type, availableOnly: availableOnly ?? true }, { first, after });
};
