import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const setAgentExecutionPush: MutationResolvers['setAgentExecutionPush'] = (_root, { input }, context) =>
  context.services.pushes.set(context.viewer, input);
