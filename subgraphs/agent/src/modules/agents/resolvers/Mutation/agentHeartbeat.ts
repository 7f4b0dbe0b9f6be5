import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const agentHeartbeat: MutationResolvers['agentHeartbeat'] = (_root, { input }, context) =>
  context.services.heartbeats.beat(context.viewer, input);
