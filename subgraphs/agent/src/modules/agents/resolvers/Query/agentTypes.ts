import type { QueryResolvers } from '../../../../__generated__/graphql.ts';

export const agentTypes: QueryResolvers['agentTypes'] = (_root, _args, { services, viewer }) =>
  services.agents.types(viewer);
