import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const deleteAgentExecutionPush: MutationResolvers['deleteAgentExecutionPush'] = (_root, { input }, context) =>
  context.services.pushes.remove(context.viewer, input);
