import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const agents: QueryResolvers['agents'] = (_root, args, { services, viewer }) =>
  services.agents.list(viewer, args);
