import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const discoverAgents: QueryResolvers['discoverAgents'] = (_root, args, { services, viewer }) => {
  const { capability = null, type = null, text = null, availableOnly, first, after } = args;
  const wanted = { capability, type, text, availableOnly: availableOnly ?? true };
  return services.discovery.discover(viewer, wanted, { first, after });
};
