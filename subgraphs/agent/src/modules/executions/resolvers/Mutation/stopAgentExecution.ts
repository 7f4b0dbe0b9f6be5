import type { MutationResolvers } from '../../../../__generated__/graphql.ts';

export const stopAgentExecution: MutationResolvers['stopAgentExecution'] = (_root, { input }, context) =>
  context.services.executions.stop(context, input);
